-- A handler that calls os.exit chooses the status.
--! status 7
--! stderr: luaconc: interrupted
local drained <close> = setmetatable({}, {__close = function()
  print("drained")
  os.exit(7)
end})
io.popen("kill -INT $PPID"):close()
sleep(1000)
--> drained
