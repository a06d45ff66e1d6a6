-- Everything at random for a long time: threads, tasks, groups, children, kills, programs, cancellations, timeouts, timers,
-- messages. Nothing may fail in another way than it should, and nothing may stay behind: memory, threads, descriptors,
-- processes.
--
--   luaconc Tests/BridgeTests/Stress/soak.lua [seconds [seed]]      (default: 35, by the clock)
--
-- Ends with "ok" and how much was done; a fault is an error that names the operation and the seed.

local seconds = tonumber(arg[1] or 35)
local seed = math.tointeger(tonumber(arg[2] or os.time()))
math.randomseed(seed)
print("seed " .. seed)

local random = math.random
local workers = 6

--- What may grow between the first look and the last, in KiB: what an allocator leaves between blocks, and a tenth.
local slack = 6 * 1024

local function check(value, what) return value or error(what, 2) end

--- The work has ended with an error of that kind.
local function fails(kind, h)
  local ok, e = pcall(h.join, h, 60)
  check(not ok and type(e) == "table" and e.kind == kind, ("%s expected, got %s"):format(kind, tostring(e)))
  return e
end

--- A value that says of itself whether it has arrived as it was.
local function value(depth)
  local kind = random(depth > 0 and 7 or 5)
  if kind == 1 then return random(0) end
  if kind == 2 then return random() end
  if kind == 3 then return random(2) == 1 end
  if kind == 4 then return ("text "):rep(random(0, 40)) .. random(1000) end
  if kind == 5 then return string.char(random(0, 255)):rep(random(0, 3000)) end
  local t = {}
  for i = 1, random(0, 12) do t[kind == 6 and i or "key " .. i] = value(depth - 1) end
  return t
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return rawequal(a, b) end
  for k, v in pairs(a) do if not same(v, b[k]) then return false end end
  for k in pairs(b) do if a[k] == nil then return false end end
  return true
end

local function idle() channel.new():recv(1000) end
local function busy() while true do end end
local function closing()
  local held <close> = setmetatable({}, {__close = function() sleep(0) end})
  sleep(1000)
end
local function waiting() return pcall(idle) end
local endless = {idle, closing, waiting, function() sleep(1000) end}
local function pause() sleep(random(0, 20) / 10000) end

local operations = {
  {"thread", 20, function()
    local sent = value(3)
    check(same(thread.spawn(function(v) return v end, sent):join(60), sent), "another value")
  end},
  {"thread that is cancelled", 10, function()
    local h = thread.spawn(random(8) == 1 and busy or endless[random(#endless)])
    if random(2) == 1 then pause() end
    h:cancel(random(2) == 1 and "reason " .. random(100) or nil)
    fails("cancelled", h)
  end},
  {"thread that fails", 6, function()
    local e = fails("error", thread.spawn({on_error = function() end}, function(text) error(text, 0) end, "boom"))
    check(e.message == "boom", e.message)
  end},
  {"thread over its memory", 1, function()
    fails("memory", thread.spawn({memory = "4M"}, function() local t = {} while true do t = {t} end end))
  end},
  {"threads in threads", 3, function()
    local n = thread.spawn(function(n)
      local sum, hs = 0, {}
      for i = 1, n do hs[i] = thread.spawn(function(i) return i end, i) end
      for i = 1, n do sum = sum + hs[i]:join() end
      return sum
    end, 4):join(60)
    check(n == 10, "sum " .. tostring(n))
  end},
  {"thread with tasks", 8, function()
    local got = thread.spawn(function()
      local ch, h = channel.new(), task.spawn(function() sleep(1000) end)
      for i = 1, 10 do task.spawn(function() sleep(i / 10000) ch:send(i) end) end
      local sum = 0
      for _ = 1, 10 do sum = sum + ch:recv() end
      h:cancel()
      return sum, h:wait()
    end):join(60)
    check(got == 55, "sum " .. tostring(got))
  end},
  {"messages", 10, function()
    local there, back = channel.new(random(0, 4)), channel.new()
    local h <close> = thread.spawn(function(there, back) for v in there do back:send(v) end end, there, back)
    for _ = 1, random(10) do
      local sent = value(3)
      there:send(sent)
      check(same(back:recv(60), sent), "another message")
    end
    there:close()
  end},
  {"large message", 1, function()
    local sent = ("x"):rep(random(1200000))
    check(thread.spawn(function(s) return s end, sent):join(60) == sent, "another text")
  end},
  {"inbox", 6, function()
    local h = thread.spawn(function() local a, b = thread.inbox:recv(), thread.inbox:recv() return b, a end)
    h:send("a")
    h:send({1})
    local b, a = h:join(60)
    check(a == "a" and b[1] == 1, "another message")
  end},
  {"select", 8, function()
    local a, b = channel.new(1), channel.new(1)
    local h = thread.spawn(function(a, b) sleep(0) b:send("b") a:recv() end, a, b)
    check(channel.select({a, b}, 60) == 2, "not the second")
    check(channel.select({{a, 1}, b}, 60) == 1, "not sent")
    check(channel.select({b, h}, 60) == 2, "not ended")
  end},
  {"group", 6, function()
    local g <close> = task.group({limit = random(3)})
    for _ = 1, random(6) do g[random(2) == 1 and "task" or "thread"](g, pause) end
    g:join(60)
  end},
  {"group that fails", 5, function()
    local g = task.group()
    local h = g:thread(endless[random(#endless)])
    g:task(function() sleep(1000) end)
    g:thread(function() error("boom", 0) end)
    local ok, e = pcall(g.join, g, 60)
    check(not ok and e.message == "boom", tostring(e))
    check(h:wait(60) == "cancelled", "goes on")
  end},
  {"task", 10, function()
    local h = task.spawn(function(v) pause() return v end, 7)
    check(h:join(60) == 7, "another value")
    local c = task.spawn(endless[random(#endless)])
    if random(2) == 1 then sleep(0) end
    c:cancel()
    fails("cancelled", c)
  end},
  {"timeout", 10, function()
    local ok, e = pcall(task.timeout, random(0, 10) / 10000, endless[random(#endless)])
    check(not ok and e.kind == "timeout", tostring(e))
    check(task.timeout(60, function() pause() return 1 end) == 1, "another value")
  end},
  {"join that is given up", 3, function()
    local h = thread.spawn(idle)
    local ok, e = pcall(h.join, h, random(0, 10) / 10000)
    check(not ok and e.kind == "timeout", tostring(e))
    h:cancel()
    fails("cancelled", h)
  end},
  {"timers", 10, function()
    local ch = channel.new()
    local every, later = timer.every(1000, error), timer.after(1000, error)
    for i = 1, 3 do timer.after(random(0, 10) / 10000, function(i) ch:send(i) end, i) end
    check(ch:recv(60) + ch:recv(60) + ch:recv(60) == 6, "another sum")
    check(every:cancel() and later:cancel() and not later:active(), "not cancelled")
  end},
  {"child", 3, function()
    local sent = value(2)
    check(same(process.spawn(function(v) return v end, sent):join(60), sent), "another value")
  end},
  {"child with channels", 2, function()
    local there, back = channel.new(), channel.new(1)
    local h = process.spawn(function(there, back) for v in there do back:send(v) end end, there, back)
    for _ = 1, random(5) do
      local sent = value(2)
      there:send(sent)
      check(same(back:recv(60), sent), "another message")
    end
    there:close()
    h:join(60)
  end},
  {"child that is killed", 2, function()
    local h = process.spawn(random(2) == 1 and idle or busy)
    if random(2) == 1 then pause() end
    h:kill("KILL")
    check(fails("exit", h).signal == 9, "not by the signal")
  end},
  {"child that is cancelled", 2, function()
    local h = process.spawn(endless[random(#endless)])
    if random(2) == 1 then pause() end
    h:cancel()
    fails("cancelled", h)
  end},
  {"child that fails", 1, function()
    check(fails("error", process.spawn(function() error("boom", 0) end)).message == "boom", "another error")
    check(fails("exit", process.spawn(function() os.exit(3) end)).code == 3, "another code")
  end},
  {"program", 4, function()
    local text = ("line\n"):rep(random(0, 40000))
    check(process.run({stdin = text}, "cat").stdout == text, "another text")
    check(process.run("false").code == 1, "another code")
    check(not process.run("/no/such/program"), "it was started")
  end},
  {"program that takes too long", 2, function()
    local result, why = process.run({timeout = random(0, 20) / 10000}, "sleep", "1000")
    check(not result and why == "timeout", tostring(why))
  end},
  {"program in a thread that is cancelled", 2, function()
    local h = thread.spawn(function() process.run("sleep", "1000") end)
    pause()
    h:cancel()
    fails("cancelled", h)
  end},
  {"program to talk with", 2, function()
    local p <close> = process.popen("cat")
    p:write("one\n")
    check(p:read() == "one", "another line")
    if random(2) == 1 then p:kill() else p:close_stdin() end
  end},
}

local total = 0
for _, operation in ipairs(operations) do total = total + operation[2] end

local function choose()
  local n = random(total)
  for _, operation in ipairs(operations) do
    n = n - operation[2]
    if n <= 0 then return operation end
  end
end

local counts, done = {}, 0

--- All do something at random until the time comes, and end.
local function round(ends)
  local g <close> = task.group()
  for _ = 1, workers do
    g:task(function()
      while timer.now() < ends do
        local operation = choose()
        local ok, e = pcall(operation[3])
        if not ok then error(("seed %d: %s: %s"):format(seed, operation[1], tostring(e)), 0) end
        counts[operation[1]] = (counts[operation[1]] or 0) + 1
        done = done + 1
      end
    end)
  end
  g:join()
end

local function status(field)
  for line in io.lines("/proc/self/status") do
    local n = line:match("^" .. field .. ":%s*(%d+)")
    if n then return tonumber(n) end
  end
end

local function descriptors()
  local _, n = process.run("ls", "/proc/" .. process.pid() .. "/fd").stdout:gsub("\n", "")
  return n
end

--- What there is when nothing goes on: memory in KiB, threads, descriptors. Threads end after their work has.
local function look()
  for _ = 1, 3 do collectgarbage() end
  local ends = timer.now() + 10
  repeat sleep(0.1) until status("Threads") <= 12 or timer.now() > ends
  local s = {memory = status("VmRSS"), threads = status("Threads"), descriptors = descriptors()}
  print(("%6d operations  %6d KiB  %3d threads  %3d descriptors"):format(done, s.memory, s.threads, s.descriptors))
  io.stdout:flush()
  return s
end

local began, looks, rounds = timer.now(), {}, 10
for i = 1, rounds do
  round(began + seconds * i / rounds)
  looks[i] = look()
end

-- The first three rounds bring it to its size.
local first, last = looks[3], looks[rounds]
local grown = last.memory - first.memory
check(grown <= slack + first.memory // 10, ("seed %d: memory grew by %d KiB"):format(seed, grown))
check(last.threads <= 12, ("seed %d: %d threads are left"):format(seed, last.threads))
check(last.descriptors <= first.descriptors + 2, ("seed %d: %d descriptors"):format(seed, last.descriptors))
check(#process.list() == 0 and #thread.list() <= 1, ("seed %d: something is left"):format(seed))
for _, operation in ipairs(operations) do
  if seconds >= 30 then check(counts[operation[1]], ("seed %d: never done: %s"):format(seed, operation[1])) end
end
print(("ok: %d operations, memory %+d KiB"):format(done, grown))
