--! args: --simulate 1d
-- The failure of a group that nobody joins is said, and the exit status tells of it.
--! status 1
--! stderr: luaconc: task 'lost': nobody looks
local g = task.group()
g:task({name = "lost"}, error, "nobody looks", 0)
sleep(0.01)
print("the program goes on") --> the program goes on
