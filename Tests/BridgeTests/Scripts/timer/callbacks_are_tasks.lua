--! args: --simulate 1d
-- Callbacks run as tasks of the state that made the timer: they may wait, spawn and join, and others run meanwhile.
local gate = channel.new()
local in_callback
local first = timer.after(0, function()
  in_callback = task.current()
  print("first waits")
  print("first got " .. gate:recv())
end)
local second = timer.after(0, function()
  print("second joins", task.spawn(function() sleep(0.001) return "a task" end):join())
  gate:send("a message")
end)
second:join()
first:join()
--> first waits
--> second joins	a task
--> first got a message
print(in_callback.kind, in_callback ~= task.current()) --> task	true

-- In a thread they run in the thread's state.
thread.spawn({name = "worker"}, function()
  local here = "the thread's own variable"
  timer.after(0.002, function() print(here, thread.current().name) end)
end)
--> the thread's own variable	worker
