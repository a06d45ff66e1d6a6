--! args: --simulate 1d
-- The failure of a member is not lost when its block is left by another error.
--! status 1
--! stderr: luaconc: task 'member': of the member
local ok, e = pcall(function()
  local g <close> = task.group()
  g:task({name = "member"}, error, "of the member", 0)
  sleep(0.02)
  error("of the block", 0)
end)
print(ok, e) --> false	of the block
