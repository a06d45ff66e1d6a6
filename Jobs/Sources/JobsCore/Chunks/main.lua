-- What each command of luaconc-jobs does in Lua. The modules of the host are for these chunks alone.
local host, store, cluster = require "jobs_host", require "jobs_store", require "jobs_cluster"
for _, name in ipairs{"jobs_host", "jobs_store", "jobs_cluster"} do
  _G[name], package.loaded[name] = nil, nil
end
local settings = host.settings()
local definitions = load(host.chunk("definitions"), "=definitions.lua", "t")(host)
local commands = {}

local function engine(store, more)
  for key, value in pairs(more) do settings[key] = value end
  return load(host.chunk("engine"), "=engine.lua", "t")(host, store, definitions, settings, settings.machine and cluster)
end

local function read()
  package.path = settings.folder .. "/lib/?.lua;" .. package.path
  return definitions.read(settings.folder)
end

function commands.check()
  local result = read()
  for _, problem in ipairs(result.problems) do host.problem(problem.file, problem.line, problem.message) end
  host.counted(#result.jobs, #host.list(settings.folder))
end

function commands.next()
  local result, known, now = read(), {}, os.time()
  for _, problem in ipairs(result.problems) do host.log("error", definitions.describe(problem)) end
  for _, job in ipairs(store.known()) do known[job.name] = job end
  for _, job in ipairs(result.jobs) do
    local times = {}
    if job.cron then
      times = sched.next(job.cron, settings.count, {tz = job.tz})
    elseif job.every then
      local last = known[job.name] and known[job.name].spec == job.spec and known[job.name].upto or now
      local number = math.max(1, math.floor((now - last) / job.every) + 1)
      for index = 1, settings.count do times[index] = last + (number + index - 1) * job.every end
    end
    host.times(job.name, times, job.after and ("after '%s'"):format(job.after) or "by hand",
      known[job.name] ~= nil and known[job.name].paused)
  end
end

-- A history that nobody keeps.
local function forgetful()
  local id = 0
  local function number(rows)
    local ids = {}
    for index = 1, #rows do
      id = id + 1
      ids[index] = id
    end
    return ids
  end
  return {
    add = number, know = function(list) return list end, unfinished = function() return {} end,
    finish = function(row) return number(row.next or {}) end, begin = function() end, pid = function() end,
  }
end

function commands.rehearse()
  local function say(run) host.rehearsed(run.job.name, run.scheduled) end
  engine(forgetful(), {rehearse = say, quiet = true}).run(settings.span)
end

function commands.run()
  local runner = engine(store, {})
  -- The host calls these when somebody asks for something.
  jobs_control, jobs_holds = runner.control, runner.holds
  runner.run(settings.span)
end

commands[settings.command]()
