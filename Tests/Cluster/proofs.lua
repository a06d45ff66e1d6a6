-- What docs/cluster.md promises, with servers and workers of its own that are killed and cut off:
--
--   luaconc Tests/Cluster/proofs.lua [full] [name ...]      (make cluster-proof: all of them, in full)
--
-- A job writes into a file when it begins and ends, and so does whoever kills something, so that the order of the lines
-- says which kill a second run of a job belongs to. Prints a line for each proof, and ends with status 1 if one fails.
local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/../BridgeTests/Scripts/cluster/lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local luaconc, jobs = arg[-1], here .. "/jobs"

local full, chosen = false, {}
for _, word in ipairs(arg) do
  if word == "full" then full = true else chosen[#chosen + 1] = word end
end
local function size(in_full, in_small) if full then return in_full end return in_small end

local function check(value, ...)
  if not value then error(string.format(...), 2) end
  return value
end

-- The ledger ----------------------------------------------------------------------------------------------------------

local Ledger = {}
Ledger.__index = Ledger

local function ledger() return setmetatable({path = os.tmpname()}, Ledger) end
function Ledger:__close() os.remove(self.path) end

function Ledger:note(...)
  local file <close> = assert(io.open(self.path, "a"))
  file:write(table.concat({...}, " "), "\n")
end

-- The runs of each job, how many jobs have ended, and the troubles: those of a worker, or of all.
function Ledger:read()
  local runs, ended, troubles = {}, {}, {}
  for line, text in ipairs(servers.lines(self.path)) do
    local word, first, second = text:match("^(%a+) (%S+) ?(%S*)$")
    if word == "begin" then
      local job = tonumber(first)
      runs[job] = runs[job] or {}
      table.insert(runs[job], {line = line, worker = second})
    elseif word == "end" then
      ended[tonumber(first)] = true
    elseif word == "trouble" then
      table.insert(troubles, {who = first, from = line, to = math.huge})
    else
      for _, trouble in ipairs(troubles) do
        if trouble.who == first and trouble.to == math.huge then trouble.to = line end
      end
    end
  end
  return runs, ended, troubles
end

-- A run is explained if the one before it, or its worker, was in trouble between the two beginnings.
local function explains(trouble, run, again)
  return (trouble.who == "all" or trouble.who == run.worker) and trouble.from <= again.line and trouble.to >= run.line
end

-- Of `count` jobs: how many have not ended, have begun once more, and have done so without a reason.
function Ledger:account(count)
  local runs, ended, troubles = self:read()
  local lost, doubles, unexplained = 0, 0, 0
  for job = 1, count do
    if not ended[job] then lost = lost + 1 end
    local list = runs[job] or {}
    for i = 2, #list do
      doubles = doubles + 1
      local known = false
      for _, trouble in ipairs(troubles) do known = known or explains(trouble, list[i - 1], list[i]) end
      if not known then
        unexplained = unexplained + 1
        io.stderr:write(string.format("job %d of worker %s ran again on %s, for no reason\n", job, list[i - 1].worker,
          list[i].worker))
      end
    end
  end
  return lost, doubles, unexplained
end

-- Waits until a job has ended since the last time.
function Ledger:progress()
  servers.until_true(function()
    local count = 0
    for _, text in ipairs(servers.lines(self.path)) do if text:find "^end" then count = count + 1 end end
    if count <= (self.ended or 0) and not self.isDone then return false end
    self.ended = count
    return true
  end)
end

-- Workers -------------------------------------------------------------------------------------------------------------

local Fleet = {}
Fleet.__index = Fleet

-- Options: url, ledger, workers, places, lease, kind (default: each second one has threads), replicas, insecure, and in
-- prefix the words that stand before the command of the worker with that number.
local function fleet(options)
  local self = setmetatable(options, Fleet)
  self.number, self.members = 0, {}
  self.prefix = self.prefix or {}
  for index = 1, self.workers do self:start(index) end
  return self
end

function Fleet:start(index)
  self.number = self.number + 1
  local code = string.format([[
    require "cluster".serve{
      url = %q, queue = "q", scripts = %q, workers = %d, lease = %g, kind = %q, replicas = %d, insecure = %s,
    }]], self.url, jobs, self.places or 2, self.lease or 2,
    self.kind or index % 2 == 0 and "thread" or "process", self.replicas or 1, self.insecure or false)
  local words = table.move(self.prefix[index] or {}, 1, #(self.prefix[index] or {}), 1, {})
  table.move({luaconc, "-e", code}, 1, 3, #words + 1, words)
  local member = process.popen({env = {PROOF_WORKER = tostring(self.number)}, stdout = "null"}, table.unpack(words))
  self.members[index] = {process = member, name = tostring(self.number)}
end

function Fleet:kill(index)
  local member = self.members[index]
  self.ledger:note("trouble", member.name)
  member.process:kill "KILL"
  member.process:wait()
  self.ledger:note("over", member.name)
end

function Fleet:__close()
  for _, member in pairs(self.members) do
    member.process:kill "KILL"
    member.process:wait()
  end
end

-- Submits and joins ---------------------------------------------------------------------------------------------------

local function open(url, options)
  options = options or {}
  options.url, options.queue, options.scripts = url, "q", jobs
  return cluster.open(options)
end

-- Queues `count` jobs of so many seconds each, and waits for them; meanwhile `trouble` runs again and again. Returns
-- how often it did.
local function through(c, book, count, seconds, trouble)
  local ends, times = false, 0
  local maker = task.spawn(function()
    while not ends do
      trouble(times + 1)
      times = times + 1
    end
  end)
  local handles = {}
  for job = 1, count do
    handles[job] = c:spawn({retries = 100, backoff = 0.1}, "ledger.lua", "work", book.path, job, seconds)
  end
  local wrong = 0
  for job, h in ipairs(handles) do
    local ok, result = pcall(h.join, h, 300)
    if not ok then io.stderr:write(string.format("job %d: %s\n", job, tostring(result))) end
    if not ok or result ~= job then wrong = wrong + 1 end
  end
  ends, book.isDone = true, true
  maker:join()
  check(wrong == 0, "%d of %d results are wrong", wrong, count)
  return times
end

-- The queue becomes empty.
local function empties(c)
  servers.until_true(function()
    local waiting, held = c:queued()
    return waiting == 0 and held == 0
  end)
end

local function told(c, book, count, what)
  empties(c)
  local lost, doubles, unexplained = book:account(count)
  check(lost == 0, "%d of %d jobs are lost", lost, count)
  check(unexplained == 0, "%d of %d second runs belong to no %s", unexplained, doubles, what)
  local reason = doubles > 0 and ", each because of a " .. what or ""
  return string.format("%d jobs: 0 lost, %d run again%s", count, doubles, reason), doubles
end

-- Asks the server at that URL, and returns its answer.
local function ask(url, subject)
  local socket = require "socket"
  local wire = socket.connect(url:match("//(.*):(%d+)$"))
  if not wire then return "" end
  wire:settimeout(2)
  wire:receive()
  wire:send(('CONNECT {"verbose":false}\r\nSUB _INBOX.proofs 1\r\nPUB %s _INBOX.proofs 2\r\n{}\r\n'):format(subject))
  local answer = ""
  for line in function() return (wire:receive()) end do
    if line:find "^MSG" then
      answer = wire:receive(tonumber(line:match("%d+$")))
      break
    end
  end
  wire:close()
  return answer
end

-- The server that leads the stream of jobs.
local function leader(all)
  return servers.until_true(function()
    for _, server in ipairs(all) do
      local name = ask(server.url, "$JS.API.STREAM.INFO.luaconc_jobs_q"):match('"leader":"s(%d)"')
      if name then return all[tonumber(name)] end
    end
  end)
end

local function closing(all)
  return setmetatable({}, {__close = function() for _, s in ipairs(all) do getmetatable(s).__close(s) end end})
end

-- The proofs ----------------------------------------------------------------------------------------------------------

local proofs = {}

-- A worker is killed every second.
function proofs.deaths()
  local server <close> = servers.start()
  local c <close> = open(server.url)
  local book <close> = ledger()
  local workers <close> = fleet {url = server.url, ledger = book, workers = 3}
  local kills = through(c, book, size(1000, 100), 0.15, function()
    sleep(1)
    book:progress()
    -- At random: with leases of whole seconds a job could begin each time just before its worker is killed.
    local index = math.random(3)
    workers:kill(index)
    workers:start(index)
  end)
  local text, doubles = told(c, book, size(1000, 100), "kill")
  check(doubles <= kills * 2, "%d second runs after %d kills of workers with two places", doubles, kills)
  return string.format("%d kills; %s", kills, text)
end

-- Jobs on three servers, with so many troubles at most. Returns how many there were, and what became of the jobs.
local function with_three(most, what, trouble)
  local all, url = servers.three()
  local all_end <close> = closing(all)
  local c <close> = open(url, {replicas = 3})
  local book <close> = ledger()
  local workers <close> = fleet {url = url, ledger = book, workers = 3, replicas = 3}
  local count = 0
  through(c, book, size(1000, 60), 0.15, function()
    sleep(1)
    if count == most then return end
    count = count + 1
    book:note("trouble", "all")
    trouble(all)
    book:note("over", "all")
  end)
  return count, (told(c, book, size(1000, 60), what))
end

-- The leader of three servers is killed, and comes back three seconds later.
function proofs.leader()
  return string.format("leader killed %d times; %s", with_three(size(5, 1), "change of leader", function(all)
    local server = leader(all)
    server:kill()
    check(leader(all) ~= server, "the leader that was killed leads")
    sleep(3)
    server:run()
    sleep(2)
  end))
end

-- All three are killed at once.
function proofs.servers()
  return string.format("all servers killed %d times; %s", with_three(size(3, 1), "kill", function(all)
    for _, server in ipairs(all) do server.process:kill "KILL" end
    for _, server in ipairs(all) do server:kill() end
    sleep(1)
    for _, server in ipairs(all) do server:run() end
    leader(all)
    sleep(3)
  end))
end

-- The link of a worker is down for 10 s, twice its lease and more.
function proofs.cut()
  local space, near, far = "luaconc-proof", "lcproof0", "lcproof1"
  local function run(...)
    local result = process.run("ip", ...)
    return result and result.ok, result and result.stderr or "there is no ip"
  end
  local ok, problem = run("netns", "add", space)
  if not ok then return nil, "network namespaces are the superuser's: " .. problem:gsub("%s+$", "") end
  local network <close> = setmetatable({}, {__close = function()
    run("link", "del", near)
    run("netns", "del", space)
  end})
  local function must(...) check(run(...)) end
  must("link", "add", near, "type", "veth", "peer", "name", far, "netns", space)
  must("addr", "add", "10.213.77.1/24", "dev", near)
  must("link", "set", near, "up")
  must("-n", space, "addr", "add", "10.213.77.2/24", "dev", far)
  must("-n", space, "link", "set", far, "up")
  must("-n", space, "link", "set", "lo", "up")
  local all, url = servers.three("10.213.77.1")
  local all_end <close> = closing(all)
  local c <close> = open(url, {replicas = 3, insecure = true})
  local book <close> = ledger()
  local workers <close> = fleet {
    url = url, ledger = book, workers = 4, replicas = 3, insecure = true,
    prefix = {{"ip", "netns", "exec", space}, {"ip", "netns", "exec", space}},
  }
  local lasts, most, cuts = size(10, 5), size(2, 1), 0
  through(c, book, size(1000, 100), 0.2, function()
    sleep(2)
    if cuts == most then return end
    cuts = cuts + 1
    for index = 1, 2 do book:note("trouble", workers.members[index].name) end
    must("link", "set", near, "down")
    sleep(lasts)
    must("link", "set", near, "up")
    sleep(3)
    for index = 1, 2 do book:note("over", workers.members[index].name) end
  end)
  return string.format("%d cuts of %d s, lease 2 s; %s", cuts, lasts, told(c, book, size(1000, 100), "cut"))
end

-- Jobs that kill their workers are given up after their attempts, and do others no harm.
function proofs.poison()
  local server <close> = servers.start()
  local c <close> = open(server.url)
  local book <close> = ledger()
  local workers <close> = fleet {url = server.url, ledger = book, workers = 2, kind = "thread", lease = 1}
  local keepers = {}
  for index = 1, 2 do
    keepers[index] = task.spawn(function()
      while true do
        workers.members[index].process:wait()
        workers.ledger:note("trouble", workers.members[index].name)
        workers:start(index)
      end
    end)
  end
  local good, bad = size(200, 20), size(5, 1)
  local handles = {}
  for job = 1, good do
    handles[job] = c:spawn({retries = 100, backoff = 0}, "ledger.lua", "work", book.path, job, 0.05)
  end
  for job = 1, bad do
    handles[good + job] = c:spawn({id = "poison " .. job, retries = 2}, "ledger.lua", "poison", book.path, good + job)
  end
  for job = 1, good do check(handles[job]:join(120) == job, "job %d has another result", job) end
  for job = good + 1, good + bad do
    check(not pcall(handles[job].join, handles[job], 120), "the poison %d has not failed", job - good)
  end
  for _, keeper in ipairs(keepers) do
    keeper:cancel()
    keeper:wait()
  end
  local dead, runs = c:dead(), book:read()
  check(#dead == bad, "%d dead letters of %d", #dead, bad)
  local begun = 0
  for number, letter in ipairs(dead) do
    check(letter.attempts == 3, "a dead letter after %d attempts", letter.attempts)
    begun = begun + #runs[good + number]
  end
  check(begun <= 3 * bad, "%d beginnings of %d jobs with three attempts each", begun, bad)
  empties(c)
  return string.format("%d jobs that kill their worker: among the dead after 3 attempts; %d others done", bad, good)
end

-- A job that takes longer than the lease runs once.
function proofs.slow()
  local server <close> = servers.start()
  local c <close> = open(server.url)
  local book <close> = ledger()
  local seconds, lease = size(60, 4), size(5, 1)
  local workers <close> = fleet {url = server.url, ledger = book, workers = 2, lease = lease}
  local handles = {}
  for job = 1, 3 do
    handles[job] = c:spawn("ledger.lua", job == 3 and "compute" or "work", book.path, job, seconds)
  end
  for job = 1, 3 do check(handles[job]:join(seconds * 3) == job, "job %d has another result", job) end
  local lost, doubles = book:account(3)
  check(lost == 0 and doubles == 0, "%d lost, %d run again", lost, doubles)
  return string.format("3 jobs of %d s, lease %d s: each ran once", seconds, lease)
end

-- Whoever queues many jobs without handles needs no more memory for more of them.
function proofs.many()
  local server <close> = servers.start()
  local few, all = size(10000, 1000), size(100000, 5000)
  local code = string.format([[
    local c <close> = require "cluster".open{url = %q, queue = "q", scripts = %q}
    local function resident()
      collectgarbage()
      for line in io.lines "/proc/self/status" do
        local size = line:match "^VmRSS:%%s*(%%d+)"
        if size then return size end
      end
    end
    for job = 1, %d do
      c:spawn({detach = true}, "ledger.lua", "work", "/dev/null", job, 0)
      if job == %d then print(resident()) end
    end
    print(resident())]], server.url, jobs, all, few)
  local start = timer.now()
  local result = process.run(luaconc, "-e", code)
  check(result.ok, "the submitter has failed: %s", result.stderr)
  local time = timer.now() - start
  local first, last = result.stdout:match "(%d+)%s+(%d+)"
  local c <close> = open(server.url)
  check(c:queued() == all, "%d of %d jobs are queued", c:queued(), all)
  local text = string.format("%d jobs queued in %.1f s; resident memory %.1f MiB after %d, %.1f MiB after %d",
    all, time, first / 1024, few, last / 1024, all)
  check(last - first < 4096, "%s", text)
  return text
end

-- Jobs that are cancelled are not done, and their places become free.
function proofs.cancel()
  local server <close> = servers.start()
  local c <close> = open(server.url)
  local book <close> = ledger()
  local count = size(1000, 100)
  local handles = {}
  for job = 1, count do handles[job] = c:spawn("ledger.lua", "work", book.path, job, 0) end
  for _, h in ipairs(handles) do h:cancel() end
  for job, h in ipairs(handles) do check(h:wait(60) == "cancelled", "job %d is not cancelled", job) end
  empties(c)
  local workers <close> = fleet {url = server.url, ledger = book, workers = 2}
  local running = {}
  local rounds = size(25, 2)
  for round = 1, rounds do
    for job = 1, 4 do
      running[job] = c:spawn("ledger.lua", "work", book.path, count + (round - 1) * 4 + job, 1000)
    end
    for _, h in ipairs(running) do servers.until_true(function() return h:status() == "running" end) end
    for _, h in ipairs(running) do h:cancel() end
    for _, h in ipairs(running) do check(h:wait(60) == "cancelled", "a running job is not cancelled") end
  end
  empties(c)
  -- At any moment.
  local first = count + rounds * 4
  for job = 1, count do handles[job] = c:spawn("ledger.lua", "work", book.path, first + job, 0.01) end
  for job = 1, count, 2 do
    sleep(0.002)
    handles[job]:cancel()
  end
  local done = 0
  for job, h in ipairs(handles) do
    local how = h:wait(60)
    check(how == "done" or how == "cancelled" and job % 2 == 1, "job %d has ended as %s", job, how)
    if how == "done" then done = done + 1 end
  end
  empties(c)
  local runs, ended = book:read()
  for job = 1, first do check(not ended[job], "job %d was done although it was cancelled", job) end
  for job = 1, count do check(not runs[job], "job %d was begun although it was cancelled", job) end
  for job = 2, count, 2 do check(ended[first + job], "job %d is lost", job) end
  return string.format("%d cancelled while queued, %d while running; of %d cancelled at any moment %d were done",
    count, rounds * 4, count // 2, done - count // 2)
end

-- A worker that is asked to end finishes what runs, and hands back the rest: no job has another attempt.
function proofs.leaving()
  local server <close> = servers.start()
  local c <close> = open(server.url)
  local book <close> = ledger()
  local workers <close> = fleet {url = server.url, ledger = book, workers = 3}
  local count = size(1000, 100)
  local handles, ends, asked = {}, false, 0
  local keeper = task.spawn(function()
    while not ends do
      sleep(0.5)
      local index = asked % 3 + 1
      asked = asked + 1
      local member = workers.members[index].process
      member:kill(asked % 2 == 0 and "INT" or "TERM")
      local code = member:wait(30).code
      check(code == (asked % 2 == 0 and 130 or 143), "a worker has ended with status %s", code)
      workers:start(index)
    end
  end)
  for job = 1, count do handles[job] = c:spawn({retries = 0}, "ledger.lua", "work", book.path, job, 0.15) end
  for job, h in ipairs(handles) do check(h:join(120) == job, "job %d has another result", job) end
  ends = true
  keeper:join()
  empties(c)
  local lost, doubles = book:account(count)
  check(lost == 0 and doubles == 0, "%d lost, %d run again", lost, doubles)
  return string.format("%d jobs without retries, a worker asked to end %d times: 0 lost, 0 run again", count, asked)
end

-- All of them ---------------------------------------------------------------------------------------------------------

local order = {"deaths", "leader", "servers", "cut", "poison", "slow", "many", "cancel", "leaving"}
if #chosen == 0 then chosen = order end

local function first_line(...)
  local result = process.run(...)
  return result and result.stdout:match "[^\n]+" or "?"
end
print(os.date "%Y-%m-%d" .. ": " .. table.concat({
  first_line(luaconc, "--version"), first_line("nats-server", "--version"),
  "nats.c " .. first_line("dpkg-query", "-W", "-f", "${Version}", "libnats3.4"), thread.cores() .. " cores",
}, ", "))

local failures = 0
for _, name in ipairs(chosen) do
  local start = timer.now()
  check(proofs[name], "there is no proof %s; there are: %s", name, table.concat(order, ", "))
  local ok, text, why = pcall(proofs[name])
  if not ok then
    failures = failures + 1
    text = "FAILED: " .. (type(text) == "table" and text.message or tostring(text))
  end
  print(string.format("%-8s %6.1f s  %s", name, timer.now() - start, text or "skipped: " .. why))
end
os.exit(failures == 0)
