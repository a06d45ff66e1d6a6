--! args: --simulate 1d
-- task.current is the handle of the running task: in the main chunk, in a task, in its coroutines, in a timer.
local main = task.current()
print(main.kind, math.type(main.id)) --> task	integer
print(task.current() == main) --> true

local spawned
spawned = task.spawn({name = "dum"}, function()
  print(task.current() == spawned, task.current().name, task.current() ~= main) --> true	dum	true
  sleep(0.001)
  print(task.current() == spawned) --> true
  coroutine.wrap(function()
    print(task.current() == spawned) --> true
    task.yield()
    print(task.current() == spawned) --> true
  end)()
end)
spawned:join()
print(task.current() == main) --> true

local in_timer
timer.after(0, function() in_timer = task.current() end):join()
print(in_timer.kind, in_timer ~= main, in_timer ~= spawned) --> task	true	true
