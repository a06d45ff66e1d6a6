-- A trace shows what has happened: tasks, timers, waits, messages from sender to receiver, child processes, errors.
local tracefile = require "tracefile"
local path = os.tmpname()
local source = [[
  local jobs, results = channel.new(), channel.new()
  local worker = thread.spawn({name = "worker"}, function(jobs, results)
    for job in jobs do results:send(job * 2) end
  end, jobs, results)
  for i = 1, 3 do
    jobs:send(i)
    assert(results:recv() == i * 2)
  end
  jobs:close()
  worker:join()
  local to, back = channel.new(), channel.new()
  local child = process.spawn({name = "child"}, function(to, back)
    task.spawn({name = "inner"}, function() sleep(0) end):join()
    for value in to do back:send(value) end
  end, to, back)
  for i = 1, 3 do
    to:send({i})
    assert(back:recv()[1] == i)
  end
  to:close()
  child:join()
  timer.every({times = 3, name = "beat"}, 0.001, function() end):join()
  timer.after(0, function() end)
  local fails = task.spawn({name = "fails"}, function() error('a "quoted" word\n<b>\xff', 0) end)
  pcall(fails.join, fails)
  local done = task.spawn({name = "blocks"}, function() table.sort({2, 1}, function(a, b) sleep(0.001) return a < b end) end)
  done:join()
]]
local result = process.run(arg[-1], "--trace", path, "-e", source)
print(result.code) --> 0
assert(not result.stderr:find "traceback", result.stderr)
local events, by = tracefile.read(path)
local function count(list, test)
  local n = 0
  for _, e in ipairs(list or {}) do if test(e) then n = n + 1 end end
  return n
end
local function named(name) return function(e) return e.name == name end end
local pids, tracks = {}, {}
for _, e in ipairs(events) do
  pids[e.pid] = true
  if e.name == "thread_name" then tracks[e.args.name] = e.pid .. "/" .. e.tid end
end
local n = 0
for _ in pairs(pids) do n = n + 1 end
print(n, tracks.main ~= nil, tracks.worker ~= nil, tracks.child ~= nil) --> 2	true	true	true
print(count(by.task, named "task 'inner'") > 0) --> true
print(count(by.timer, named "timer 'beat'")) --> 3
for _, e in ipairs(by.timer) do assert(e.args.late_ms >= 0 and (e.args.missed or 0) >= 0) end
print(count(by.wait, named "recv on channel: 2") + count(by.wait, named "recv on channel: 3") > 0) --> true
print(count(by.wait, function(e) return e.name:find "^join of process" end) > 0) --> true
print(count(by.block, named "sleep") > 0) --> true
-- Each message that was sent has come to its receiver, who is another thread.
local sent, crossed = {}, 0
for _, e in ipairs(by.message) do if e.ph == "s" then sent[e.id] = e end end
for _, e in ipairs(by.message) do
  if e.ph == "f" and sent[e.id].tid ~= e.tid and sent[e.id].pid == e.pid then crossed = crossed + 1 end
end
print(crossed) --> 6
-- So have those to a child process, and from it.
local child_pid = math.tointeger(tracks.child:match "^%d+")
local to, back = 0, 0
for _, e in ipairs(by.message) do
  if e.ph == "f" and sent[e.id].pid ~= e.pid then
    if e.pid == child_pid then to = to + 1 else back = back + 1 end
  end
end
print(to, back) --> 3	3
print(#by.error, by.error[1].name, by.error[1].args.message) --> 1	task 'fails'	a "quoted" word
--> <b>�
local thread = by.thread[#by.thread]
print(thread.args.cpu_ms >= 0, thread.args.memory_KiB > 0) --> true	true
os.remove(path)
--! real: what a trace shows of waits is measured by the machine's clock
