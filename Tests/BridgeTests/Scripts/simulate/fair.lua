--! args: --simulate 1d
-- A state that always has something to do still lets others have their turns.
local done = shared.counter()
local h = thread.spawn(function() done:add() end)
while done:get() == 0 do task.yield() end
h:join()
local p = process.spawn(function(ch) ch:send("a child") end, task.inbox)
local got
repeat
  task.yield()
  got = task.inbox:recv(0)
until got
print(got) --> a child
p:join()
print(timer.now()) --> 0.0
