-- A profile says where the processor time goes: by function and line, in threads and child processes; not of who waits.
local path = os.tmpname()
local source = [[
local function spin(seconds)
  local began = os.clock()
  repeat until os.clock() - began > seconds
end
local function waits() sleep(0.05) end
local idle = thread.spawn({name = "idle"}, waits)
local busy = thread.spawn({name = "busy"}, function() spin(0.2) end)
busy:join()
process.spawn({name = "child"}, function() spin(0.2) end):join()
local co = coroutine.wrap(function() spin(0.1) end)
co()
pcall(spin, 0.1)
idle:join()
]]
local script = path .. ".lua"
do local f <close> = assert(io.open(script, "w")) f:write(source) end
local result = process.run(arg[-1], "--profile", path, script)
print(result.code) --> 0
local threads, lines, last = {}, {}, math.huge
for line in io.lines(path) do
  local stack, count = line:match "^(.*) (%d+)$"
  count = tonumber(count)
  -- Equal stacks are added up, the largest first.
  assert(count > 0 and count <= last and not lines[stack])
  last, lines[stack] = count, count
  local thread = stack:match "^[^;]*"
  threads[thread] = (threads[thread] or 0) + count
end
print(threads.busy >= 100, threads.child >= 100, threads.main >= 100, (threads.idle or 0) < 50) --> true	true	true	true
local found = 0
for stack, count in pairs(lines) do
  if stack:find("spin (" .. script .. ":3)", 1, true) then found = found + count end
end
print(found >= 250) --> true
-- Without the option no time is looked at, and with it everything else still works: cancelling, hooks, deadlines.
local rest = process.run(arg[-1], "--profile", path, "-e", [[
  local h = thread.spawn(function() while true do end end)
  h:cancel()
  print(select(2, pcall(h.join, h)).kind)
  print(select(2, pcall(task.timeout, 0.2, function() while true do end end)).kind)
  local n = 0
  debug.sethook(function() n = n + 1 end, "l")
  for i = 1, 1e5 do
    local a = i
  end
  debug.sethook()
  print(n >= 2e5, debug.gethook())
]])
print(rest.code, rest.stderr) --> 0
io.write(rest.stdout)
--> cancelled
--> timeout
--> true	nil
os.remove(path)
os.remove(script)
--! real: what does not wait takes processor time
