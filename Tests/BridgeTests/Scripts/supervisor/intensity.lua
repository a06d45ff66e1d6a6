--! args: --simulate 1d
-- More than `intensity` restarts within `period` seconds end the supervisor; the window slides.
local function crash(times, pause)
  local count = 0
  local ok, e = pcall(supervisor.run, {
    intensity = 1, period = 0.2, on_error = function() end,
    children = {{kind = "task", restart = "transient", start = function()
      count = count + 1
      if count > times then return end
      sleep(pause)
      error("crash " .. count, 0)
    end}},
  })
  return ok, count
end
print(crash(1, 0)) --> true	2
print(crash(5, 0.3)) --> true	6
print(crash(5, 0)) --> false	2

-- Restarts of all children count together.
local count = 0
local function fail() count = count + 1 error("boom") end
local children = {}
for i = 1, 3 do children[i] = {kind = "task", start = fail} end
print(pcall(supervisor.run, {intensity = 2, children = children, on_error = function() end}) == false, count) --> true	3

-- 0: no restart at all. math.huge: no bound.
count = 0
print(pcall(supervisor.run, {intensity = 0, children = {{kind = "task", start = fail}}}) == false, count) --> true	1
count = 0
supervisor.run {intensity = math.huge, on_error = function() end, children = {
  {kind = "task", restart = "transient", start = function() count = count + 1 if count < 1000 then error("x") end end},
}}
print(count) --> 1000
