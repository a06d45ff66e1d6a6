-- Decides which runs there are, and carries them out. Every decision about a tick is in `decide`, `settle` and `conclude`.
--
-- A run is a table: `id` (of its row), `job`, `attempt`, `scheduled`, `first` (the id of the first attempt), `due` (when an
-- attempt that waits begins), `stop` (state and reason, once it was told to end), `work` (what is running), `place` (it counts
-- among those that run).
-- All times are seconds since 1970, with a fraction.
local host, store, definitions, settings, cluster = ...
local engine = {}

local states = {}  -- by name of the job
local busy = 0  -- runs and hooks that have not ended
local stopping = false
local idle, ended = sync.event(), sync.event()
idle:set()
local started = os.time() - timer.now()
local running, crowd = 0, {}  -- how many runs have a place; those that wait for one

-- A tick that comes so late counts as missed.
local LATE = 60
-- So many missed runs at a time get rows of their own; those before them share one.
local MANY = 1000
-- How long a function such as on_failure may take.
local HOOK = 300
-- How long a runner that cannot begin a run leaves a time to other machines. Clocks may differ by as much.
local RESERVE = 2

local function wall()
  if timer.simulated() then return started + timer.now() end
  return host.wall()
end

local function counted(number, noun) return ("%d %s%s"):format(number, noun, number == 1 and "" or "s") end

local function log(format, ...) host.log("info", format:format(...)) end
local function warn(format, ...) host.log("warning", format:format(...)) end
local function complain(format, ...) host.log("error", format:format(...)) end

-- What failed says it once, and the operation is tried until it succeeds: no run begins that has no row.
local function write(operation, ...)
  local tries = 0
  while true do
    local ok, result = pcall(store[operation], ...)
    if ok then
      if tries > 0 then log("the history can be written again") end
      return result
    end
    tries = tries + 1
    if stopping and tries > 5 then error(result, 0) end
    if tries == 1 then
      complain("the history cannot be written, which is tried again each second: %s",
        type(result) == "table" and result.message or tostring(result))
    end
    sleep(1)
  end
end

local function stateOf(name)
  local state = states[name]
  if not state then
    state = {active = {}, queue = {}, upto = nil, paused = false}
    states[name] = state
  end
  return state
end

local function enterBusy()
  busy = busy + 1
  idle:clear()
end

local function leaveBusy()
  busy = busy - 1
  if busy == 0 then idle:set() end
end

-- MARK: What runs

local function isFull() return settings.limit ~= nil and running >= settings.limit end

local function leavePlace(run)
  if not run.place then return end
  run.place, running = nil, running - 1
  local other = not isFull() and table.remove(crowd, 1)
  if other then
    other.place, running = true, running + 1
    other.signal:set()
  end
end

-- Waits until a run has a place, is told to end, or the runner is.
local function enterPlace(run)
  if run.place or run.stop or stopping then return end
  if not isFull() then
    run.place, running = true, running + 1
    return
  end
  run.signal = sync.event()
  crowd[#crowd + 1] = run
  run.signal:wait()
  run.signal = nil
  for index, other in ipairs(crowd) do
    if other == run then table.remove(crowd, index) break end
  end
end

-- What a child process does for a job with `run`.
local function body(run, info)
  local result, message = run(info)
  if type(result) == "table" and (result.code or result.signal) then
    io.stdout:write(result.stdout or "")
    io.stderr:write(result.stderr or "")
    if not result.ok then
      error(result.signal and ("killed by signal %s"):format(result.signal) or ("exit code %d"):format(result.code), 0)
    end
  elseif not result and type(message) == "string" then
    error(message, 0)
  end
end

local function info(run)
  return {
    name = run.job.name, id = run.id, attempt = run.attempt, scheduled = run.scheduled, started = run.started,
    ended = run.ended, state = run.state, error = run.error, reason = run.reason, output = run.tail, count = run.count,
  }
end

local function spawn(run, fn, ...)
  local options = {name = run.job.name}
  if settings.inline then return task.spawn(options, fn, ...) end
  options.cwd, options.stdin, options.stdout, options.stderr = settings.folder, "null", run.file, run.file
  options.memory, options.sandbox = run.job.memory, run.job.sandbox
  return process.spawn(options, fn, ...)
end

local function outcomeOf(run, work)
  if run.stop then return run.stop end
  local ok, e = pcall(work.join, work)
  if ok then return {state = "succeeded"} end
  if run.file then run.file:write(tostring(e), "\n") end
  return {state = "failed", error = type(e) == "table" and e.message or tostring(e)}
end

local function timedOut(job) return {state = "timed out", error = ("it took longer than %g s"):format(job.timeout)} end

-- Writes down which process a run is. One that has gone already needs nobody to end it.
local function note(run, pid)
  local start = host.processStart(pid)
  if start then write("pid", run.id, pid, start) end
end

local function runFunction(run)
  local work = spawn(run, body, run.job.run, info(run))
  run.cancel = function() work:cancel("the run was told to end") end
  if work.pid then note(run, work.pid) end
  if run.stop then run.cancel() end
  if not work:wait(run.job.timeout) and not run.stop then
    run.stop = timedOut(run.job)
    run.cancel()
  end
  work:wait()
  return outcomeOf(run, work)
end

-- The words of the command, with a bound on memory where no sandbox sets it.
local function words(job)
  local options = {table.unpack(job.command)}
  if job.sandbox then
    local sandbox = job.sandbox == true and {} or job.sandbox
    options.sandbox = {}
    for key, value in pairs(sandbox) do options.sandbox[key] = value end
    options.sandbox.memory = options.sandbox.memory or job.memory
  elseif job.memory then
    options = {"/bin/sh", "-c", 'ulimit -v "$0" && exec "$@"', tostring(job.memory // 1024), table.unpack(options)}
  end
  return options
end

local function runCommand(run)
  local job = run.job
  local options = words(job)
  options.cwd, options.stdin, options.stdout, options.stderr = settings.folder, "null", run.file, run.file
  options.env = {LUACONC_JOB = job.name, LUACONC_RUN = tostring(run.id), LUACONC_ATTEMPT = tostring(run.attempt)}
  local work, message = process.popen(options)
  if not work then return {state = "failed", error = message} end
  run.cancel = function()
    work:kill("TERM")
    task.spawn({name = job.name, daemon = true}, function()
      if not work:wait(2) then work:kill("KILL") end
    end)
  end
  note(run, work.pid)
  if run.stop then run.cancel() end
  local result = work:wait(job.timeout)
  if not result and not run.stop then
    run.stop = timedOut(job)
    run.cancel()
  end
  result = work:wait()
  if run.stop then return run.stop end
  if result.ok then return {state = "succeeded"} end
  return {
    state = "failed",
    error = result.signal and ("killed by signal %s"):format(result.signal) or ("exit code %d"):format(result.code),
  }
end

local function execute(run)
  if settings.rehearse then
    settings.rehearse(run)
    return {state = "succeeded"}
  end
  if settings.spool then
    run.path = ("%s/%d"):format(settings.spool, run.id)
    local message
    run.file, message = io.open(run.path, "ab")
    if not run.file then return {state = "failed", error = "its output cannot be kept: " .. message} end
    run.file:setvbuf("no")
  end
  local ok, outcome = pcall(run.job.command and runCommand or runFunction, run)
  if run.file then run.file:close() end
  run.file, run.cancel = nil, nil
  if ok then return outcome end
  return {state = "failed", error = type(outcome) == "table" and outcome.message or tostring(outcome)}
end

-- Calls a function such as `on_failure` with the run, where the job has one, in a process of its own.
local function hook(run, name)
  local fn = run.job[name]
  if not fn or settings.rehearse then return end
  enterBusy()
  task.spawn({name = run.job.name, daemon = true}, function()
    local function failed(e)
      complain("job '%s': %s of run %d failed: %s", run.job.name, name, run.id,
        type(e) == "table" and e.message or tostring(e))
    end
    local ok, work = pcall(spawn, run, fn, info(run))
    if not ok then
      failed(work)
    elseif not work:wait(HOOK) then
      work:cancel()
      failed(("it took longer than %d s"):format(HOOK))
    else
      local ended, e = pcall(work.join, work)
      if not ended then failed(e) end
    end
    leaveBusy()
  end)
end

-- MARK: Decisions

local function named(run) return run.id and ("run %d"):format(run.id) or "a run" end

-- What becomes of a run that is due now. Returns the run, with its row, which the caller writes before `settle`.
local function decide(job, scheduled, cause, upto)
  local state, now = stateOf(job.name), wall()
  local row = {job = job.name, attempt = 1, scheduled = scheduled, cause = cause, upto = upto}
  local run = {job = job, attempt = 1, scheduled = scheduled, row = row}
  if upto then state.upto = upto end
  local holder = next(state.active) or state.queue[1]
  local function skip(reason) row.state, row.ended, row.reason = "skipped", now, reason end
  if state.paused and not cause:find("^by hand") then
    skip("the job is paused")
  elseif stopping then
    row.state = "waiting"  -- for the next runner
  elseif not holder or job.overlap == "allow" then
    state.active[run] = true
    if isFull() then
      row.state = "waiting"
      run.crowded = true
    else
      row.state, row.started = "running", now
      run.started = now
      run.place, running = true, running + 1
    end
  elseif job.overlap == "skip" then
    skip(("%s %s"):format(named(holder), holder.due and "waits for its next attempt"
      or state.active[holder] and holder.started and "still runs" or "waits"))
  elseif job.overlap == "queue" and #state.queue > 0 then
    skip(named(state.queue[1]) .. " waits already")
  else
    row.state = "waiting"
    run.replaces = job.overlap == "replace"
    if run.replaces then run.replaced, state.queue = state.queue, {} end
    table.insert(state.queue, run)
  end
  return run
end

local carry

local function begin(run)
  stateOf(run.job.name).active[run] = true
  enterBusy()
  task.spawn({name = run.job.name, daemon = true}, function()
    local ok, e = pcall(carry, run)
    if not ok then
      complain("job '%s': run %d is given up: %s", run.job.name, run.id,
        type(e) == "table" and e.message or tostring(e))
    end
    leaveBusy()
  end)
end

-- Begins what waits for the end of others.
local function pump(name)
  local state = stateOf(name)
  while not stopping and not state.paused and #state.queue > 0 and state.queue[1].id do
    local run = state.queue[1]
    if next(state.active) and run.job.overlap ~= "allow" then return end
    table.remove(state.queue, 1)
    begin(run)
  end
end

local function stop(run, state, reason)
  if run.stop then return end
  run.stop = {state = state, reason = reason}
  if run.signal then run.signal:set() end
  if run.cancel then run.cancel() end
end

local function close(run, state, reason)
  run.state, run.reason, run.ended = state, reason, wall()
  write("finish", {id = run.id, state = state, reason = reason, ended = run.ended})
  if run.over then run.over(run) end
end

-- Does what was decided, when the row has been written.
local function settle(run, id)
  run.id, run.first = id, run.first or id
  local name = run.job.name
  if run.row.state == "running" or run.crowded then
    begin(run)
  elseif run.row.state == "waiting" then
    if run.replaces then
      local reason = ("run %d takes its place"):format(id)
      for _, other in ipairs(run.replaced) do close(other, "cancelled", reason) end
      for other in pairs(stateOf(name).active) do stop(other, "cancelled", reason) end
    end
    pump(name)
  end
  run.row = nil
end

local function add(runs)
  local rows = {}
  for index, run in ipairs(runs) do rows[index] = run.row end
  if #rows == 0 then return end
  local ids = write("add", rows)
  for index, run in ipairs(runs) do settle(run, ids[index]) end
end

local function enter(job, scheduled, cause, upto) add{decide(job, scheduled, cause, upto)} end

-- The time before the next attempt: twice as long each time, and up to half of that more by chance.
local function delay(job, attempt)
  local time = math.min(job.backoff.most, job.backoff.least * 2.0 ^ math.min(attempt - 1, 60))
  return math.min(job.backoff.most, time * (1 + math.random() / 2))
end

-- The row of the next attempt, if there is one.
local function nextAttempt(run)
  if run.attempt > run.job.retries then return nil end
  return {
    job = run.job.name, attempt = run.attempt + 1, scheduled = run.scheduled, cause = "retry", state = "waiting",
    first = run.first, due = wall() + delay(run.job, run.attempt),
  }
end

-- An attempt has ended: its row, the next attempt and the jobs that follow are written at once. Returns the next attempt.
local function conclude(run, outcome)
  local job = run.job
  run.state, run.error, run.reason, run.ended = outcome.state, outcome.error, outcome.reason, wall()
  local retry = run.state ~= "succeeded" and run.state ~= "cancelled" and nextAttempt(run) or nil
  local rows, followers = {retry}, {}
  if run.state == "succeeded" then
    for _, other in ipairs(engine.current.followers[job.name] or {}) do
      followers[#followers + 1] = decide(other, run.ended, "after run " .. run.id)
      rows[#rows + 1] = followers[#followers].row
    end
  end
  if run.path and (job.on_failure or job.on_success) then run.tail = host.tail(run.path, 64 << 10) end
  local ids = write("finish", {
    id = run.id, state = run.state, error = run.error, reason = run.reason, ended = run.ended, path = run.path,
    output = job.output, next = rows,
  })
  if run.path then os.remove(run.path) end
  if not settings.quiet then
    local say = run.state == "succeeded" and log or run.state == "cancelled" and warn or complain
    say("job '%s': run %d %s%s", job.name, run.id, run.state,
      run.error and ": " .. run.error or run.reason and ": " .. run.reason or "")
  end
  for index, follower in ipairs(followers) do settle(follower, ids[index + (retry and 1 or 0)]) end
  if retry then
    return {
      job = job, id = ids[1], attempt = retry.attempt, scheduled = run.scheduled, first = run.first, due = retry.due,
      over = run.over,
    }
  end
  if run.over then run.over(run) end
  if run.state == "succeeded" then
    hook(run, "on_success")
  elseif run.state == "failed" or run.state == "timed out" then
    hook(run, "on_failure")
  end
end

-- Waits while another machine has the job of a run that the last runner has left.
local function awaitTurn(run)
  run.signal = sync.event()
  while not run.stop and not stopping do
    local ok, isHeld = pcall(cluster.held, run.job.name)
    if ok and not isHeld then break end
    run.signal:wait(1)
  end
  run.signal, run.left = nil, nil
end

-- A task: carries out a run with all its attempts.
function carry(run)
  local name = run.job.name
  local state = stateOf(name)
  while run do
    if run.due and not run.stop then
      if not stopping then
        run.signal = sync.event()
        run.signal:wait(math.max(0, run.due - wall()))
        run.signal, run.due = nil, nil
      end
      run.job = engine.current.byName[run.job.name] or run.job
    end
    if run.left and cluster and run.job.overlap ~= "allow" then awaitTurn(run) end
    if not run.started then
      enterPlace(run)
      -- Where the runner stops, the row stays as it is, and the next runner goes on with it.
      if stopping and not run.stop then break end
    end
    if not run.started and not run.stop then
      run.started = wall()
      write("begin", run.id, run.started)
    end
    local following = conclude(run, run.stop or execute(run))
    leavePlace(run)
    if following then state.active[following] = true end
    state.active[run] = nil
    run = following
  end
  if run then
    state.active[run] = nil
    leavePlace(run)
  end
  pump(name)
end

-- MARK: Other machines

-- Whether a run of a job, or of one that follows it, has not ended here.
local function isUnfinished(job)
  local state = stateOf(job.name)
  if next(state.active) or state.queue[1] then return true end
  for _, other in ipairs(engine.current.followers[job.name] or {}) do
    if isUnfinished(other) then return true end
  end
  return false
end

-- What another machine asks before it takes a time of the job.
function engine.holds(name)
  local job = engine.current.byName[name]
  return job ~= nil and isUnfinished(job)
end

-- Whether all times of a job go to the machine on which it has not ended.
local function isExclusive(job)
  if job.overlap ~= "allow" then return true end
  for _, other in ipairs(engine.current.followers[job.name] or {}) do
    if isExclusive(other) then return true end
  end
  return false
end

local reached = sync.event()  -- set while the servers answer

-- Goes on until the servers answer.
local function reach()
  local said
  while not stopping do
    local ok, problem = pcall(cluster.join)
    if ok then
      if said then log("the cluster can be used") end
      return reached:set()
    end
    local text = type(problem) == "table" and problem.message or tostring(problem)
    if text ~= said then
      complain("no time is run, since the cluster cannot be used, which is tried again each second: %s", text)
    end
    said = text
    sleep(1)
  end
end

local function lose()
  if not reached:is_set() then return end
  reached:clear()
  task.spawn({name = "cluster", daemon = true}, reach)
end

-- Asks the cluster until it answers. `argument` says for what; where it says nil, that is not wanted any more.
local function ask(operation, argument)
  while true do
    reached:wait()
    local wish = not stopping and argument()
    if not wish then return nil end
    local ok, result = pcall(cluster[operation], wish)
    if ok then return result end
    lose()
    sleep(1)
  end
end

-- How long a time is left to others: those that have less to do, or can begin a run of the job at all, are to have it.
local function reserve(job, state)
  local isOurs = state.took and isExclusive(job) and isUnfinished(job)
  if isOurs and not state.paused then return 0 end
  local isFree = not state.paused and not isFull() and (job.overlap == "allow" or not isUnfinished(job))
  return isFree and math.min(busy, 50) / 100 or RESERVE
end

-- MARK: Times

-- The times of a job after `upto`, until `now`: the last ones, and how many were before these.
local function between(job, upto, now)
  local times, dropped = {}, 0
  if job.every then
    local count = math.floor((now - upto) / job.every + 1e-6)
    dropped = math.max(0, count - MANY)
    for number = dropped + 1, count do times[#times + 1] = upto + number * job.every end
    return times, dropped
  end
  local from, size = math.floor(upto), 1
  local function cut(most)
    local extra = math.max(0, #times - most)
    if extra > 0 then dropped, times = dropped + extra, table.move(times, extra + 1, #times, 1, {}) end
  end
  while true do
    local before = #times
    for _, time in ipairs(sched.next(job.cron, size, {tz = job.tz, from = from})) do
      if time > now then break end
      times[#times + 1] = time
    end
    if #times < before + size then break end
    from, size = times[#times], math.min(8 * size, MANY)
    cut(2 * MANY)
  end
  cut(MANY)
  return times, dropped
end

-- The times of a job that have come: those that are late are caught up as it says, the others are missed.
local function due(job, times, dropped, why)
  local now, count = wall(), #times
  if count == 0 then return end
  local upto, rows = times[count], {}
  if count == 1 and dropped == 0 and now - upto <= LATE then return enter(job, upto, "schedule", upto) end
  local missed, runs = {}, {}
  for index, time in ipairs(times) do
    local late = now - time
    local young = not job.within or late <= job.within
    local wanted = index == count and (late <= LATE or job.catch_up == "one" and young) or job.catch_up == "all" and young
    if wanted then runs[#runs + 1] = time else missed[#missed + 1] = time end
  end
  local function miss(time, reason)
    rows[#rows + 1] = {
      row = {job = job.name, attempt = 1, scheduled = time, cause = "schedule", state = "missed", ended = now,
        reason = reason, upto = upto},
      job = job, attempt = 1, scheduled = time,
    }
  end
  if dropped > 0 then miss(times[1], ("%s, and so were %d runs before this one"):format(why, dropped)) end
  for _, time in ipairs(missed) do
    if dropped == 0 or time ~= times[1] then miss(time, why) end
  end
  local last = rows[#rows]
  -- Several that are caught up come one after the other, whatever `overlap` says: they wait, and have rows that say so.
  if #runs > 1 then
    for _, time in ipairs(runs) do
      local run = {job = job, attempt = 1, scheduled = time, row = {
        job = job.name, attempt = 1, scheduled = time, cause = "catch-up", state = "waiting", upto = upto}}
      table.insert(stateOf(job.name).queue, run)
      rows[#rows + 1] = run
    end
    stateOf(job.name).upto = upto
  elseif #runs == 1 then
    rows[#rows + 1] = decide(job, runs[1], now - runs[1] <= LATE and "schedule" or "catch-up", upto)
  else
    stateOf(job.name).upto = upto
  end
  add(rows)
  if last then
    last.state, last.count, last.reason = "missed", #missed + dropped, why
    if not settings.quiet then warn("job '%s': missed %s: %s", job.name, counted(last.count, "run"), why) end
    hook(last, "on_missed")
  end
end

-- Takes the times of a job that have come by `time`, and runs those that are for this machine.
local function share(job, time, why)
  local name, state = job.name, stateOf(job.name)
  state.wanted = math.max(state.wanted or time, time)
  if state.taking then return end
  state.taking = true
  sleep(reserve(job, state))
  repeat
    local goal
    local claimed = ask("claim", function()
      job, goal = engine.current.byName[name], state.wanted
      return job and (job.cron or job.every) and {
        job = name, spec = job.spec, every = job.every, time = goal, accounted = state.upto,
        exclusive = isExclusive(job),
      }
    end)
    if not claimed then break end
    if claimed.differs and not state.differs then
      warn("job '%s': another machine has read its files later, and has other times for it: those are run", name)
    end
    state.differs, state.took = claimed.differs, claimed.from ~= nil
    if claimed.from then
      local times, dropped = between(job, claimed.from, claimed.upto)
      due(job, times, dropped, why)
    else
      state.upto = claimed.upto
    end
  until goal == state.wanted
  state.taking, state.wanted = nil, nil
end

local AWAY <const> = "the machines slept, or the cluster could not be used"

local function tick(job, time)
  local state = stateOf(job.name)
  if stopping then return end
  if cluster then return share(job, time, AWAY) end
  local times, dropped = {time}, 0
  if time > state.upto then times, dropped = between(job, state.upto, time) end
  if times[#times] ~= time then times[#times + 1] = time end
  due(job, times, dropped, "the machine slept, its clock was set, or the runner was busy")
end

-- The machines count from the same time on, which is that of the account.
local function scheduleShared(job)
  local upto = stateOf(job.name).upto
  local number = math.max(0, math.floor((wall() - upto) / job.every + 1e-6))
  local time = upto + (number + 1) * job.every
  job.timer = timer.after({name = job.name, daemon = true}, math.max(0, time - wall()), function()
    if stopping then return end
    job.timer = nil
    share(job, time, AWAY)
    if engine.current.byName[job.name] == job and not stopping then scheduleShared(job) end
  end)
end

local function schedule(job)
  if job.cron then
    local options = {name = job.name, tz = job.tz, overlap = "parallel", catch_up = "one", daemon = true}
    job.event = sched.cron(job.cron, options, function() tick(job, job.event.last) end)
  elseif job.every and cluster then
    scheduleShared(job)
  elseif job.every then
    -- An account that reaches into the future is that of a clock that was wrong.
    local last, count = math.min(stateOf(job.name).upto, wall()), 0
    local offset = wall() - timer.now()
    local options = {name = job.name, overlap = true, daemon = true}
    job.timer = timer.every(options, job.every, function()
      if stopping then return end
      -- The clock on the wall was set: the time between two runs stays what it is.
      local change = wall() - timer.now() - offset
      if math.abs(change) > 5 then last, offset = last + change, offset + change end
      local times, come = {}, job.timer.missed - count + 1
      local dropped = math.max(0, come - MANY)
      for number = dropped + 1, come do times[#times + 1] = last + number * job.every end
      last, count = times[#times], job.timer.missed
      due(job, times, dropped, "the runner was busy")
    end)
    job.timer:restart(math.max(0, last + job.every - wall()))
  end
end

local function unschedule(job)
  if job.event then sched.cancel(job.event) end
  if job.timer then job.timer:cancel() end
  job.event, job.timer = nil, nil
end

-- MARK: The files

local plain = {}
for name in pairs(package.loaded) do plain[name] = true end

local reported = {}

local function report(problems)
  local now = {}
  for _, problem in ipairs(problems) do
    local text = definitions.describe(problem)
    now[text] = true
    if not reported[text] then host.log("error", text) end
  end
  reported = now
end

-- Tells the history which jobs there are, and learns up to when their times are accounted for.
local function know(jobs)
  local now = wall()
  -- Not all at once, which would take twice the memory.
  for first = 1, #jobs, MANY do
    local list = {}
    for index = first, math.min(first + MANY - 1, #jobs) do
      list[#list + 1] = {name = jobs[index].name, spec = jobs[index].spec, upto = now, paused = false}
    end
    for _, known in ipairs(write("know", list)) do
      local state = stateOf(known.name)
      state.upto, state.paused = known.upto, known.paused
    end
  end
end

local function catchUp(job)
  if not job.cron and not job.every then return end
  local times, dropped = between(job, stateOf(job.name).upto, wall())
  if cluster then
    if #times > 0 then task.spawn({name = job.name, daemon = true}, share, job, times[#times], "no runner ran") end
    return
  end
  due(job, times, dropped, "the runner did not run")
end

-- Learns from the cluster up to when the times of jobs are taken, and then schedules them.
local function attachShared(jobs)
  local list, byName = {}, {}
  for _, job in ipairs(jobs) do
    if job.cron or job.every then
      list[#list + 1] = {name = job.name, spec = job.spec, upto = stateOf(job.name).upto, paused = false}
      byName[job.name] = job
    end
  end
  for _, known in ipairs(ask("know", function() return list end) or {}) do
    local job = byName[known.name]
    if engine.current.byName[job.name] == job then
      stateOf(job.name).upto = known.upto
      schedule(job)
      catchUp(job)
    end
  end
end

-- Catches up with the times of jobs, and lets those to come run.
local function attach(jobs)
  if cluster then return task.spawn({name = "times", daemon = true}, attachShared, jobs) end
  for _, job in ipairs(jobs) do catchUp(job) end
  for _, job in ipairs(jobs) do schedule(job) end
end

local function load()
  if not (engine.current and engine.current.library == host.stamp(settings.folder .. "/lib")) then
    for name in pairs(package.loaded) do
      if not plain[name] then package.loaded[name] = nil end
    end
  end
  local fresh = definitions.read(settings.folder, engine.current)
  report(fresh.problems)
  return fresh
end

local function reload()
  host.notify("RELOADING=1")
  local old, fresh = engine.current, load()
  local kept, new, count = {}, {}, 0
  for _, job in ipairs(fresh.jobs) do kept[job] = true end
  for _, job in ipairs(old.jobs) do
    if not kept[job] then
      unschedule(job)
      count = count + 1
    end
  end
  local before = {}
  for _, job in ipairs(old.jobs) do before[job] = true end
  for _, job in ipairs(fresh.jobs) do
    if not before[job] then new[#new + 1] = job end
  end
  engine.current = fresh
  know(new)
  attach(new)
  for name, state in pairs(states) do
    if not fresh.byName[name] then
      local queue = state.queue
      state.queue = {}
      for _, run in ipairs(queue) do close(run, "cancelled", "the job is no longer there") end
    else
      for _, run in ipairs(state.queue) do run.job = fresh.byName[name] end
    end
  end
  if count > 0 or #new > 0 then log("read again: %s", counted(#fresh.jobs, "job")) end
  host.notify("READY=1")
end
engine.reload = reload

-- MARK: By hand

local function jobNamed(name)
  local job = engine.current.byName[name]
  if job then return job end
  local names = {}
  for _, other in ipairs(engine.current.jobs) do names[#names + 1] = other.name end
  local near = definitions.nearest(name, names)
  error(("there is no job '%s'%s"):format(name, near and (" (did you mean '%s'?)"):format(near) or ""), 0)
end

-- Begins a run now, by the rules of `overlap`. With `waits` the answer comes when it has ended, with all its attempts.
local function startByHand(job, waits, cause)
  if stopping then error("the runner is being stopped", 0) end
  local run = decide(job, wall(), cause)
  local over, last = sync.event(), run
  function run.over(final)
    last = final
    over:set()
  end
  local state, reason = run.row.state, run.row.reason
  add{run}
  if waits and state ~= "skipped" then
    over:wait()
    state, reason = last.state, last.error or last.reason
  end
  return {run = last.id, state = state, reason = reason}
end

local control = {}

function control.start(name, waits) return startByHand(jobNamed(name), waits, "by hand") end

function control.retry(id, waits)
  local row = store.find(math.tointeger(id))
  if not row then error(("there is no run %s"):format(id), 0) end
  if row.state == "running" or row.state == "waiting" then
    error(("run %s has not ended: it is %s"):format(id, row.state), 0)
  end
  return startByHand(jobNamed(row.job), waits, "by hand, run " .. id .. " again")
end

-- Answers when the run has ended.
function control.cancel(id)
  for _, state in pairs(states) do
    for run in pairs(state.active) do
      if tostring(run.id) == id then
        stop(run, "cancelled", "by hand")
        while state.active[run] do sleep(0.01) end
        return {run = run.id, state = run.state}
      end
    end
    for index, run in ipairs(state.queue) do
      if tostring(run.id) == id then
        table.remove(state.queue, index)
        close(run, "cancelled", "by hand")
        return {run = run.id, state = "cancelled"}
      end
    end
  end
  error(("run %s is not running, and does not wait"):format(id), 0)
end

function control.pause(name)
  jobNamed(name)
  stateOf(name).paused = true
  write("pause", name, true)
  return {}
end

function control.resume(name)
  jobNamed(name)
  stateOf(name).paused = false
  write("pause", name, false)
  pump(name)
  return {}
end

-- Does what a command asks for: a table with `run`, `state` and `reason`, or with `refusal`.
function engine.control(command, argument, waits)
  local ok, answer = pcall(control[command], argument, waits)
  if ok then return answer end
  return {refusal = type(answer) == "table" and answer.message or tostring(answer)}
end

-- MARK: Start and end

-- What the last runner left: runs that it did not see end are lost, those that waited go on waiting.
local function recover()
  local names = {}
  for _, row in ipairs(write("unfinished")) do
    local job = engine.current.byName[row.job]
    local run = {
      job = job, id = row.id, attempt = row.attempt, scheduled = row.scheduled, first = row.first or row.id,
      due = row.due, left = true,
    }
    if row.state == "running" then
      if row.pidStart then host.endProcess(row.pid, row.pidStart) end
      local path = settings.spool and ("%s/%d"):format(settings.spool, row.id)
      local retry = job and nextAttempt(run)
      local ids = write("finish", {
        id = row.id, state = "lost", reason = "the runner ended while it ran", ended = wall(), path = path,
        output = job and job.output or 10 << 20, next = {retry},
      })
      if path then os.remove(path) end
      complain("job '%s': run %d is lost: the runner ended while it ran", row.job, row.id)
      if retry then
        begin{
          job = job, id = ids[1], attempt = retry.attempt, scheduled = run.scheduled, first = run.first, due = retry.due,
          left = true,
        }
      elseif job then
        run.state, run.reason = "lost", "the runner ended while it ran"
        hook(run, "on_failure")
      end
    elseif not job then
      run.job = {name = row.job}
      close(run, "cancelled", "the job is no longer there")
    elseif run.due then
      begin(run)
    else
      table.insert(stateOf(row.job).queue, run)
      names[row.job] = true
    end
  end
  for name in pairs(names) do pump(name) end
end

local function trimOutputs()
  for _, state in pairs(states) do
    for run in pairs(state.active) do
      if run.file then host.trim(run.path, run.job.output) end
    end
  end
end

-- Tells every run that still goes on to end.
local function stopRuns()
  for _, state in pairs(states) do
    for run in pairs(state.active) do stop(run, "cancelled", "the runner was stopped") end
  end
end

local function windDown()
  stopping = true
  host.notify("STOPPING=1")
  for _, job in ipairs(engine.current.jobs) do unschedule(job) end
  for _, state in pairs(states) do
    for run in pairs(state.active) do
      if run.signal then
        run.signal:set()
      else
        timer.after({daemon = true}, run.job.grace, function()
          if state.active[run] then stop(run, "cancelled", "the runner was stopped") end
        end)
      end
    end
  end
end

-- Tells systemd that the runner is alive, and what it does.
local function attend()
  local last
  local function tell()
    local status = ("%s, %d at work"):format(counted(#engine.current.jobs, "job"), busy)
    if status ~= last then host.notify("STATUS=" .. status) end
    last = status
  end
  timer.every({name = "status", daemon = true}, 1, tell)
  local patience = host.watchdog()
  if patience then
    timer.every({name = "watchdog", daemon = true}, patience / 3, function() host.notify("WATCHDOG=1") end)
  end
  host.notify("READY=1")
  tell()
end

-- The first signal ends the runner, the next ones end the runs that go on.
local function heedSignals()
  local function signal(name)
    if stopping then return stopRuns() end
    stopping = true
    log("SIG%s: no run begins any more%s", name, busy > 0 and ("; waiting for %d to end"):format(busy) or "")
    ended:set()
  end
  process.on_signal("INT", signal)
  process.on_signal("TERM", signal)
  if settings.hangup then process.on_signal("HUP", signal) end
end

local function start()
  know(engine.current.jobs)
  recover()
  if cluster then
    task.spawn({name = "cluster", daemon = true}, reach)
    -- So that others know that this machine is still one of them.
    timer.every({name = "cluster", daemon = true}, 600, function()
      if reached:is_set() and not pcall(cluster.join) then lose() end
    end)
  end
  attach(engine.current.jobs)
  if settings.quiet then return end
  local count = 0
  for _ in pairs(engine.current.files) do count = count + 1 end
  log("%s in %s%s", counted(#engine.current.jobs, "job"), counted(count, "file"),
    cluster and (", whose times are shared with other machines; this one is '%s'"):format(settings.machine) or "")
  task.spawn({name = "reload", daemon = true}, function()
    for _ in host.changes() do
      sleep(0.05)  -- a change seldom comes alone
      reload()
    end
  end)
  timer.every({name = "outputs", daemon = true}, 0.5, trimOutputs)
  attend()
end

-- Runs until a signal comes, or for `span` seconds.
function engine.run(span)
  package.path = settings.folder .. "/lib/?.lua;" .. package.path
  if not settings.quiet then heedSignals() end
  engine.current = load()
  if not stopping then start() end
  ended:wait(span)
  windDown()
  idle:wait()
end

return engine
