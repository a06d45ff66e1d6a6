-- on_error is called in the spawner's state with the error object; the error then counts as observed.
local seen
local dum = thread.spawn({name = "dum", on_error = function(e) seen = e end}, function() error("boom") end)
dum:wait()
repeat task.yield() until seen
print(seen.kind, seen.origin, seen.message) --> error	dum	on_error.lua:3: boom
print(seen.traceback:find("spawned at on_error.lua:3", 1, true) ~= nil) --> true
print(select(2, pcall(dum.join, dum)).message) --> on_error.lua:3: boom

local quiet = thread.spawn({on_error = function() print("never") end}, function() return "fine" end)
print(quiet:join()) --> fine

-- It is called also when the main chunk has ended by then.
local go = channel.new()
local late = thread.spawn({on_error = function(e)
  sleep(0.001)
  print("on_error", e.value.code)
end}, function() go:recv() error({code = 3}) end)
timer.after(0.002, function() go:send(true) end)
print("main ends")
--> main ends
--> on_error	3
--! args: --simulate 1d
