-- A signal that comes while the program ends already does not cut handlers short; it decides the status.
--! status 143
--! stderr: luaconc: terminated
thread.spawn({daemon = true}, function()
  local slow <close> = setmetatable({}, {__close = function()
    io.popen("kill -TERM $PPID"):close()
    sleep(0.05)
    print("closed")
  end})
  sleep(1000)
end)
sleep(0.02)
print("the end") --> the end
--> closed
