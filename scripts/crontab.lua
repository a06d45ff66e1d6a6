-- Runs the jobs of a crontab: each at its times, with its name before each line that it prints.
--
--   luaconc scripts/crontab.lua jobs.cron             until Ctrl-C
--   luaconc scripts/crontab.lua jobs.cron 3           until three runs have ended
--   luaconc scripts/crontab.lua --list jobs.cron 5    only says when each job would run: the next five times
--   luaconc --simulate 7d --from 2027-03-27T00:00 scripts/crontab.lua jobs.cron
--                                                     a rehearsal of that week: says what would run, and runs nothing
--
-- The file is as for `crontab -e`: five fields (or six, the seconds first) and a command for the shell; `@daily` and the
-- like; NAME=value for what follows, where CRON_TZ names the time zone and SHELL the shell. In a command a `%` ends a
-- line: what follows the first one is its input. `@reboot` runs at the start. A line that is wrong is reported with its
-- number, and nothing is run.

local function usage()
  io.stderr:write("usage: luaconc crontab.lua [--list] file [number]\n")
  os.exit(2)
end
local words = {table.unpack(arg)}
local only_list = words[1] == "--list" and table.remove(words, 1) ~= nil
local path, number = words[1], math.tointeger(tonumber(words[2] or (only_list and 1 or math.maxinteger)))
if not path or not number or number < 1 or words[3] then usage() end

--- The command and its input: a `%` is the end of a line, `\%` is a `%`.
local function split(text)
  local plain = text:gsub("\\%%", "\0"):gsub("%%", "\n"):gsub("%z", "%%")
  local command, input = plain:match("^([^\n]*)\n(.*)$")
  return command or plain, input
end

--- The pattern at the beginning of a line. There are six fields only if the sixth can be one: commands cannot.
local function pattern_of(line)
  local six = line:match("^" .. ("%S+%s+"):rep(5) .. "%S+")
  if six and pcall(sched.next, six) then return six end
  return line:match("^@%S+") or line:match("^" .. ("%S+%s+"):rep(4) .. "%S+") or line
end

--- Reads the file: a list of jobs, and a list of what is wrong.
local function read(path)
  local jobs, faults, environment, number = {}, {}, {}, 0
  local file, complaint = io.open(path)
  if not file then return jobs, {complaint} end
  for line in file:lines() do
    number = number + 1
    line = line:match("^%s*(.-)%s*$")
    local name, value = line:match("^([%a_][%w_]*)%s*=%s*(.*)$")
    if name then
      environment[name] = value:match("^(['\"])(.*)%1$") and value:sub(2, -2) or value
    elseif line ~= "" and line:sub(1, 1) ~= "#" then
      local pattern = pattern_of(line)
      local command, input = split(line:sub(#pattern + 1):match("^%s*(.*)$"))
      local job = {pattern = pattern, command = command, input = input, tz = environment.CRON_TZ, env = {}}
      for key, value in pairs(environment) do job.env[key] = value end
      local ok, message = true, nil
      if command == "" then ok, message = false, "a command expected"
      elseif pattern ~= "@reboot" then ok, message = pcall(sched.next, pattern, {tz = job.tz}) end
      if not ok then
        faults[#faults + 1] = ("%s:%d: %s"):format(path, number, (message:gsub("^bad argument #%d to 'next' ", "")))
      end
      jobs[#jobs + 1] = job
    end
  end
  file:close()
  return jobs, faults
end

local jobs, faults = read(path)
if #faults > 0 then
  io.stderr:write(table.concat(faults, "\n"), "\n")
  os.exit(1)
end

if only_list then
  for _, job in ipairs(jobs) do
    print(job.command)
    if job.pattern == "@reboot" then
      print("  at the start")
    else
      for _, time in ipairs(sched.next(job.pattern, number, {tz = job.tz})) do print("  " .. os.date("%F %T", time)) end
    end
  end
  os.exit()
end

local events, runs = {}, 0

local time_of_day = timer.simulated() and "%F %T" or "%T"
local function say(job, text) print(("%s  [%s] %s"):format(os.date(time_of_day), job.command, text)) end

local function count()
  runs = runs + 1
  if runs == number then
    for _, event in ipairs(events) do sched.cancel(event) end
  end
end

local function run(job)
  if timer.simulated() then
    say(job, "would run")
    return count()
  end
  local options = {stdin = job.input, stderr = "stdout", env = job.env}
  local result, message = process.run(options, job.env.SHELL or "/bin/sh", "-c", job.command)
  for line in (result and result.stdout or message):gmatch("[^\n]+") do say(job, line) end
  if result and not result.ok then
    say(job, result.signal and "killed by signal " .. result.signal or "exit status " .. result.code)
  end
  count()
end

for _, job in ipairs(jobs) do
  if job.pattern == "@reboot" then
    task.spawn(run, job)
  else
    events[#events + 1] = sched.cron(job.pattern, {name = job.command, tz = job.tz}, run, job)
  end
end
