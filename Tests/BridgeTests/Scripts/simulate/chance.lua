--! args: --simulate 1d
-- What is left to chance is the same in each run.
local function run()
  local p = process.run({}, arg[-3] or "luaconc", "--simulate", "1d", "chance_child.lua")
  return p.stdout
end
local first = run()
print(#first > 100, first == run(), first == run()) --> true	true	true
