-- A thread is waiting while its function is blocked, then done or failed.
local go = channel.new()
local waiting = thread.spawn({name = "w"}, function() return go:recv() end)
repeat sleep(0.001) until waiting:status() == "waiting"
print(tostring(waiting)) --> thread: w (waiting)
go:send("end")
print(waiting:wait(), waiting:status(), waiting:join()) --> done	done	end

local failing = thread.spawn({on_error = function() end}, function() error("boom") end)
print(failing:wait(), failing:status()) --> failed	failed
print(tostring(failing):match("%((%w+)%)$")) --> failed

local sleeper = thread.spawn({daemon = true}, function() sleep(3600) end)
repeat sleep(0.001) until sleeper:status() == "waiting"
print(sleeper:wait(0)) --> nil	timeout
print(sleeper:wait(0.002)) --> nil	timeout
