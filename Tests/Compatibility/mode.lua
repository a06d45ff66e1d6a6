-- Runs a script elsewhere than in the main chunk: luaconc mode.lua thread|task|process SCRIPT [ARG ...]
local mode, script = arg[1], arg[2]

local function body(script, ...)
  arg = {[0] = script, ...}
  return assert(loadfile(script))(...)
end

if mode == "task" then
  for i = 1, 4 do timer.every({daemon = true}, 0.001 * i, function() sleep(0.0005) end) end
  task.spawn(body, script, table.unpack(arg, 3)):join()
else
  local ok, problem = pcall(function(...) _G[mode].spawn(body, ...):join() end, script, table.unpack(arg, 3))
  -- A child process that ends itself ends for its parent with an error that has the code.
  if not ok and problem.kind == "exit" then os.exit(problem.code) end
  if not ok then error(problem) end
end
