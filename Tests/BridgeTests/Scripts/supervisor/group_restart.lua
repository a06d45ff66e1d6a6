--! args: --simulate 1d
-- When children are started again together, temporary ones go, and those that had ended or were stopped start again.
local starts = {}
local function child(name, ends)
  return function()
    starts[#starts + 1] = name
    if not ends then sleep(1000) end
  end
end
local fail = channel.new()
local s = supervisor.spawn {
  strategy = "one_for_all", on_error = function() end,
  children = {
    {name = "stopped", kind = "task", start = child("stopped")},
    {name = "temporary", kind = "task", restart = "temporary", start = child("temporary")},
    {name = "done", kind = "task", restart = "transient", start = child("done", true)},
    {name = "bad", kind = "task", start = function() starts[#starts + 1] = "bad" fail:recv() error("boom") end},
  },
}
sleep(0)
print(s:stop("stopped")) --> true
for _, c in ipairs(s:which()) do print(c.name, c.status) end
--> stopped	cancelled
--> temporary	waiting
--> done	done
--> bad	waiting
starts = {}
fail:send(true)
repeat sleep(0.001) until #starts == 3
print(table.concat(starts, " ")) --> stopped done bad
for _, c in ipairs(s:which()) do print(c.name, c.restarts) end
--> stopped	1
--> done	1
--> bad	1
s:cancel()
