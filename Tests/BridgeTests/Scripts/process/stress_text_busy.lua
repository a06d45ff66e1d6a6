-- A script that was just written can be run, whatever other threads start meanwhile.
local function work(name)
  local failures = {}
  for i = 1, 40 do
    local path = "./text_busy_" .. name .. "_" .. i
    local f = assert(io.open(path, "w"))
    f:write("#!/bin/sh\nexit 0\n")
    f:close()
    os.execute("chmod +x " .. path)
    assert(io.open(path, "r+")):close()
    local r, message
    if i % 2 == 0 then
      r, message = process.run(path)
    else
      r, message = os.execute(path .. " 2>&1")
    end
    if not r then failures[#failures + 1] = message end
    os.remove(path)
  end
  return #failures, table.unpack(failures)
end
local noise = thread.spawn({daemon = true}, function()
  while true do io.popen("true"):close() end
end)
local workers = {}
for i, name in ipairs{"a", "b", "c"} do workers[i] = thread.spawn(work, name) end
for _, worker in ipairs(workers) do print(worker:join()) end
--> 0
--> 0
--> 0
noise:cancel()
