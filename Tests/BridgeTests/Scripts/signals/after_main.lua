-- The main chunk is over, and threads go on: SIGTERM ends them.
--! status 143
--! stderr: luaconc: terminated
thread.spawn(function()
  local log <close> = setmetatable({}, {__close = function(_, e) print("closed: " .. e.kind) end})
  io.popen("kill -TERM $PPID"):close()
  while true do end
end)
--> closed: cancelled
