--! args: --simulate 1d
-- The status of a handle tells what the work is doing.
local gate = channel.new()
local h = task.spawn({ name = "tis" }, function()
  local before = task.current():status()
  gate:recv()
  return before
end)
print(h:status()) --> pending
task.yield()
print(h:status()) --> waiting
gate:send("go")
print(h:join()) --> running
print(h:status(), h:wait()) --> done	done

local bad = task.spawn(function() error("boom") end)
print(bad:wait(), bad:status()) --> failed	failed

local t = thread.spawn(function() thread.inbox:recv() return thread.current():status() end)
repeat sleep(0.001) until t:status() == "waiting"
t:send("go")
print(t:join(), t:status()) --> running	done

-- One that sleeps is blocked too.
local s = task.spawn({ daemon = true }, sleep, 1000)
task.yield()
print(s:status()) --> waiting
