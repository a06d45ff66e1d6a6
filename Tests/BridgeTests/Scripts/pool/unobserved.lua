--! args: --simulate 1d
-- A call that fails, and nobody asks about, is said on standard error, once.
local pool <close> = thread.pool(1)
pool:submit(error, "nobody asks", 0)
sleep(0.2)
print("goes on") --> goes on
--! stderr: luaconc: task 'task-
--! stderr: nobody asks
--! status 1
