-- An error that a handler raises meanwhile is said.
--! status 130
--! stderr: luaconc: interrupted
--! stderr: error_of_a_handler.lua:5: cannot save
local file <close> = setmetatable({}, {__close = function() error("cannot save") end})
io.popen("kill -INT $PPID"):close()
sleep(1000)
