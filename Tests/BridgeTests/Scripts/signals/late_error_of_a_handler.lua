-- Also one that comes only after the program has begun to end.
--! status 130
--! stderr: luaconc: interrupted
--! stderr: late_error_of_a_handler.lua:7: cannot save
local file <close> = setmetatable({}, {__close = function()
  sleep(0.02)
  error("cannot save")
end})
io.popen("kill -INT $PPID"):close()
sleep(1000)
--! real: a handler waits while the program ends by a signal
