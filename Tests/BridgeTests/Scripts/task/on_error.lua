-- The option on_error gets the error object: the error then counts as observed and nothing is printed.
local done = channel.new()
task.spawn({name = "dum", on_error = function(e)
  print(e.kind, e.origin, e.message, type(e.traceback))
  done:send(true)
end}, function() error("boom") end)
done:recv() --> error	dum	on_error.lua:6: boom	string

-- It may wait, and is not called when nothing fails; join still raises.
local quiet = task.spawn({on_error = function() print("never") end}, function() return "fine" end)
print(quiet:join()) --> fine
local failing = task.spawn({on_error = function(e)
  done:recv()
  print("on_error", e.value)
end}, function() error(42, 0) end)
print(select(2, pcall(failing.join, failing)).value) --> 42
done:send(true) --> on_error	42
