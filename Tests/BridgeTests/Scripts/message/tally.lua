-- A module with state of its own, required by module_by_name.lua.
local tally = { count = 0, limits = { most = 10 } }
local calls = 0

function tally.add(n)
  calls = calls + 1
  tally.count = tally.count + n
  return tally.count
end

function tally.calls() return calls end

return tally
