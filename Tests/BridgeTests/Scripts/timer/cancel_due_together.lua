--! real: code that computes past the due times
-- A timer cancelled by another callback that is due at the same time does not run.
local function hold(seconds) -- computes, so that everything due meanwhile is due together afterwards
  local stop = timer.now() + seconds
  while timer.now() < stop do end
end
local b, c
timer.after(0.001, function() print("a cancels b", b:cancel(), b:active()) end)
b = timer.after(0.002, print, "b: never")
c = timer.after(0.003, function() print("c runs", b:cancel()) end)
hold(0.01)
c:join()
--> a cancels b	true	false
--> c runs	false
print(b.count, c.count) --> 0	1

-- The same with a delay of 0.
local second, third
timer.after(0, function() print(second:cancel(), third:cancel()) end)
second = timer.after(0, print, "never")
third = timer.every({immediate = true}, 3600, print, "never")
task.yield() --> true	true
print(second.count, third.count) --> 0	0
-- A task that is due at the same time can do it as well.
local fourth = timer.after(0.003, print, "never")
task.spawn(function() sleep(0.001) print(fourth:cancel()) end)
task.yield()
hold(0.01)
for _ = 1, 3 do sleep(0) end --> true
print(fourth.count) --> 0
