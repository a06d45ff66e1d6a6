--! args: --simulate 1d
-- Cancellation and deadlines wait until a shielded function returns; then they come.
local log = {}
local h = task.spawn(function()
  log[#log + 1] = task.shield(function() sleep(0.03) return "whole" end)
  log[#log + 1] = "not reached"
end)
sleep(0.01)
h:cancel()
print(h:wait(), #log) --> cancelled	0

local seen
local h = task.spawn(function()
  task.shield(function()
    sleep(0.03)
    seen = "the shielded part ran to its end"
  end)
end)
sleep(0.01)
h:cancel()
print(h:wait(), seen) --> cancelled	the shielded part ran to its end

local steps = 0
local ok, e = pcall(task.timeout, 0.01, function()
  task.shield(function() for _ = 1, 3 do sleep(0.01) steps = steps + 1 end end)
end)
print(ok, e.kind, steps) --> false	timeout	3

-- A deadline inside a shield works.
print(task.shield(function() return select(2, pcall(task.timeout, 0.01, sleep, 1000)).kind end)) --> timeout
-- Results and errors pass through.
print(task.shield(function(...) return ... end, 1, nil, 3)) --> 1	nil	3
print(pcall(task.shield, error, "boom")) --> false	boom
-- A real error beats a cancellation; one that is caught does not keep it away.
local h = task.spawn(function() task.shield(function() sleep(0.02) error("real", 0) end) end)
sleep(0.01)
h:cancel()
print(h:wait(), select(2, pcall(h.join, h)).message) --> failed	real
local h = task.spawn(function()
  pcall(task.shield, function() sleep(0.02) error("real", 0) end)
  while true do end
end)
sleep(0.01)
h:cancel()
print(h:wait()) --> cancelled
print(pcall(task.shield)) --> false	bad argument #1 to 'shield' (function expected, got no value)
