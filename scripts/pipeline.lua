-- A pipeline of processes: one makes lines, four workers send them through an external program, one collects.
--
--   luaconc scripts/pipeline.lua           40 lines
--   luaconc scripts/pipeline.lua 1000      more of them
--
-- The channels between the processes are bounded, so a slow stage slows down those before it, and memory stays flat.
-- The external program in the middle is `tr`.

local count = tonumber(arg[1] or 40)
if not (count and count >= 0 and count % 1 == 0) or arg[2] then
  io.stderr:write("usage: luaconc pipeline.lua [lines]\n")
  os.exit(2)
end

local jobs, results = channel.new(16), channel.new(16)

local group <close> = task.group()
group:process({name = "producer"}, function()
  for i = 1, count do jobs:send({number = i, text = "line " .. i}) end
  jobs:close()
end)

local workers = {}
for i = 1, 4 do
  workers[i] = group:process({name = "worker-" .. i}, function()
    local done = 0
    for job in jobs do
      local answer = process.run({stdin = job.text}, "tr", "a-z", "A-Z")
      results:send({number = job.number, text = answer.stdout})
      done = done + 1
    end
    return done
  end)
end

-- When all workers have ended, nothing more comes.
group:task(function()
  for _, worker in ipairs(workers) do worker:wait() end
  results:close()
end)

local collector = group:process({name = "collector"}, function()
  local lines = {}
  for result in results do lines[result.number] = result.text end
  return lines
end)

local lines = collector:join()
for number, text in ipairs(lines) do
  if number <= 3 or number == #lines then print(text) end
end
local total = 0
for _, worker in ipairs(workers) do total = total + worker:join() end
print(("%d lines through %d processes"):format(total, #workers))
