<<<<<<< HEAD
-- A pipeline of processes: one makes blocks of text, four work on them, and this one collects what they found. In the
-- middle each block goes through a program that is no Lua at all.
--
--   luaconc scripts/pipeline.lua          100 blocks through cksum
--   luaconc scripts/pipeline.lua 20 wc    20 blocks through wc
--
-- The channels between them hold a few blocks each. So whoever is slowest sets the pace, and nothing piles up; and
-- closing the first channel ends everything, one stage after the other.

local blocks = math.tointeger(tonumber(arg[1] or 100))
local program = arg[2] or "cksum"
if not (blocks and blocks > 0) or arg[3] then
  io.stderr:write("usage: luaconc pipeline.lua [blocks [program]]\n")
  os.exit(2)
end

local texts, findings = channel.new(8), channel.new(8)

--- Block after block; each begins with its number.
local function produce(blocks, texts)
  for n = 1, blocks do
    local lines = {("block %d"):format(n)}
    for i = 1, 1000 do lines[#lines + 1] = ("%d times %d is %d"):format(n, i, n * i) end
    texts:send(table.concat(lines, "\n") .. "\n")
  end
  texts:close()
end

--- Has the program look at each block, and passes on what it says.
local function work(program, texts, findings)
  local done = 0
  for text in texts do
    local result, message = process.run{program, stdin = text}
    if not result then error(message, 0) end
    if not result.ok then error(("%s: exit code %s\n%s"):format(program, result.code, result.stderr), 0) end
    findings:send({block = tonumber(text:match("%d+")), size = #text, says = result.stdout:match("%S.*%S")})
    done = done + 1
  end
  return done
end

local group <close> = task.group()
group:process({name = "producer"}, produce, blocks, texts)
local workers = {}
for i = 1, 4 do workers[i] = group:process({name = "worker " .. i}, work, program, texts, findings) end
group:task(function()
  for _, worker in ipairs(workers) do worker:join() end
  findings:close()
end)

local found, bytes = {}, 0
group:task(function()
  for finding in findings do
    found[finding.block] = finding.says
    bytes = bytes + finding.size
  end
end)
group:join()  -- raises the first failure; the others have been cancelled then

for n = 1, blocks do assert(found[n], "a block is missing") end
print(("first block          %s"):format(found[1]))
print(("last block           %s"):format(found[blocks]))
print(("%d blocks, %d bytes"):format(blocks, bytes))
for i, worker in ipairs(workers) do print(("worker %d did         %d"):format(i, (worker:join()))) end
=======
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
>>>>>>> main
