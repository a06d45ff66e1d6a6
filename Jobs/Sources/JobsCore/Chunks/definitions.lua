-- Reads a folder of Lua files that describe jobs. Whatever is wrong is collected with its file and line.
local host = ...
local definitions = {}

local units = {s = 1, m = 60, h = 3600, d = 86400}

-- Seconds of `90`, `"90s"`, `"1h30m"`; nil for anything else.
local function seconds(value)
  if type(value) == "number" then
    return value >= 0 and value < math.huge and value or nil
  end
  if type(value) ~= "string" or value == "" then return nil end
  local total, rest = 0, value
  while rest ~= "" do
    local number, unit, after = rest:match("^(%d+%.?%d*)([smhd])(.*)$")
    if not number then return nil end
    total, rest = total + tonumber(number) * units[unit], after
  end
  return total
end
definitions.seconds = seconds

local sizes = {[""] = 1, K = 1 << 10, M = 1 << 20, G = 1 << 30}

-- Bytes of `1000`, `"64K"`, `"512M"`, `"2G"`; nil for anything else.
local function bytes(value)
  if math.type(value) == "integer" then return value > 0 and value or nil end
  if type(value) ~= "string" then return nil end
  local number, unit = value:match("^(%d+)([KMG]?)$")
  number = math.tointeger(number)
  return number and number > 0 and number < 1 << 30 and number * sizes[unit] or nil
end

local function shown(value)
  if type(value) == "string" then return ("%q"):format(value):gsub("\\\n", "\\n") .. "" end
  return type(value) == "number" and tostring(value) or type(value)
end

-- How many letters differ.
local function distance(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local corner = row[0]
    row[0] = i
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and corner or corner + 1
      corner = row[j]
      row[j] = math.min(cost, row[j] + 1, row[j - 1] + 1)
    end
  end
  return row[#b]
end

local function nearest(word, words)
  local best, least = nil, math.max(2, #word // 3) + 1
  for _, known in ipairs(words) do
    local d = distance(word, known)
    if d < least then best, least = known, d end
  end
  return best
end
definitions.nearest = nearest

-- What an argument error of a built-in function says, without its wrapping.
local function reason(message)
  message = tostring(message)
  return message:match("^bad argument #%d+ to '[^']*' %((.*)%)$") or message
end

local function duration(value, what)
  local time = seconds(value)
  if not time or time <= 0 then
    return nil, ('%s: a time such as "20m" or "1h30m" is expected, not %s'):format(what, shown(value))
  end
  return time
end

local function time(key) return function(value) return duration(value, key) end end

local function oneOf(key, ...)
  local words = {...}
  return function(value)
    for _, word in ipairs(words) do
      if value == word then return value end
    end
    local list = '"' .. table.concat(words, '", "') .. '"'
    local near = type(value) == "string" and nearest(value, words)
    return nil, ("%s: one of %s is expected, not %s%s"):format(
      key, list, shown(value), near and (' (did you mean "%s"?)'):format(near) or "")
  end
end

local function ofType(key, kind)
  return function(value)
    if type(value) == kind then return value end
    return nil, ("%s: a %s is expected, not %s"):format(key, kind, shown(value))
  end
end

local function size(key)
  return function(value)
    local count = bytes(value)
    if count then return count end
    return nil, ('%s: a number of bytes such as "512M" is expected, not %s'):format(key, shown(value))
  end
end

-- What each key takes: a function that returns the value as the runner uses it, or nil and what is wrong.
local keys = {
  cron = ofType("cron", "string"),
  tz = ofType("tz", "string"),
  every = time("every"),
  after = ofType("after", "string"),
  timeout = time("timeout"),
  within = time("within"),
  grace = time("grace"),
  overlap = oneOf("overlap", "skip", "queue", "replace", "allow"),
  catch_up = oneOf("catch_up", "one", "all", "none"),
  memory = size("memory"),
  output = size("output"),
  run = ofType("run", "function"),
  on_failure = ofType("on_failure", "function"),
  on_success = ofType("on_success", "function"),
  on_missed = ofType("on_missed", "function"),
}

function keys.retries(value)
  if math.type(value) == "integer" and value >= 0 and value <= 1000 then return value end
  return nil, ("retries: a whole number from 0 to 1000 is expected, not %s"):format(shown(value))
end

function keys.backoff(value)
  local low, high = value, value
  if type(value) == "string" and value:find("..", 1, true) then low, high = value:match("^(.-)%.%.(.*)$") end
  local least, most = seconds(low), seconds(high)
  if least and most and least > 0 and most >= least then return {least = least, most = most} end
  return nil, ('backoff: a time such as "10s", or "10s..5m", is expected, not %s'):format(shown(value))
end

function keys.command(value)
  local words = {}
  if type(value) == "table" then
    for index, word in ipairs(value) do
      if type(word) ~= "string" and type(word) ~= "number" or tostring(word):find("\0", 1, true) then
        return nil, ("command: word %d is no string but %s"):format(index, shown(word))
      end
      words[index] = tostring(word)
    end
  end
  if #words > 0 and words[1] ~= "" then return words end
  return nil, ('command: a list such as {"tar", "cf", "x.tar"} is expected, not %s'):format(
    type(value) == "table" and "one without words" or shown(value))
end

function keys.sandbox(value)
  if value == true or type(value) == "table" then return value end
  return nil, ("sandbox: true or a table is expected, not %s"):format(shown(value))
end

local names = {}
for key in pairs(keys) do names[#names + 1] = key end
table.sort(names)

-- The line in which a key of a job stands: the first line from the job's on that gives it a value.
local function lineOf(source, key, line)
  local number = 0
  for text in (source .. "\n"):gmatch("(.-)\n") do
    number = number + 1
    if number >= line and (" " .. text):find("[%s{,;]" .. key .. "%s*=[^=]") then return number end
  end
  return line
end

local usual = {least = 10, most = 300}

-- Checks what one job says, and returns the job; `wrong(key, message)` is told what is not as it should be.
local function read(name, spec, wrong)
  local job = {name = name, retries = 0, overlap = "skip", catch_up = "one", output = 10 << 20, grace = 10}
  for key, value in pairs(spec) do
    if keys[key] then
      local result, message = keys[key](value)
      if result == nil then wrong(key, message) else job[key] = result end
    elseif type(key) == "string" then
      local near = nearest(key, names)
      wrong(key, near and ("unknown key '%s' (did you mean '%s'?)"):format(key, near)
        or ("unknown key '%s'; those known are %s"):format(key, table.concat(names, ", ")))
    else
      wrong(nil, ("%s is no name of a key"):format(shown(key)))
    end
  end
  if not spec.run == not spec.command then
    wrong(spec.run and "command" or nil,
      spec.run and "it has both 'run' and 'command'" or "it has neither 'run' nor 'command'")
  end
  local when = {}
  for _, key in ipairs{"cron", "every", "after"} do
    if spec[key] ~= nil then when[#when + 1] = key end
  end
  if #when > 1 then wrong(when[2], ("it has both '%s' and '%s'"):format(when[1], when[2])) end
  if spec.tz ~= nil and spec.cron == nil then wrong("tz", "'tz' is of use only with 'cron'") end
  if spec.backoff ~= nil and spec.retries == nil then wrong("backoff", "'backoff' is of use only with 'retries'") end
  if job.every and job.every < 1 then wrong("every", "every: at least a second is expected") end
  if job.cron then
    local ok, result = pcall(sched.next, job.cron, {tz = job.tz})
    if not ok then
      local text = reason(result)
      wrong(text:find("^option 'tz'") and "tz" or "cron", text:find("^option 'tz'") and text or "cron: " .. text)
    elseif not result then
      wrong("cron", "cron: no time of the pattern ever comes")
    end
  end
  job.backoff = job.backoff or usual
  return job
end

-- The globals of one file. Its functions take them along to child processes.
local shared = {__index = _G}

local function globals(register) return setmetatable({job = register}, shared) end

-- Reads one file. Returns its jobs, and a list of what is wrong with it.
local function readFile(folder, file)
  local path, jobs, problems = folder .. "/" .. file, {}, {}
  local function wrong(line, message) problems[#problems + 1] = {file = path, line = line, message = message} end
  local handle, why = io.open(path, "rb")
  local source = handle and handle:read("a")
  if handle then handle:close() end
  if not source then
    wrong(0, "it cannot be read: " .. (why or "it is no file"):gsub("^.-: ", ""))
    return jobs, problems
  end
  local begun = {}
  local function register(name)
    local info = debug.getinfo(2, "Sl")
    local line = info.source == "@" .. path and info.currentline or 0
    if type(name) ~= "string" or name == "" or #name > 200 or name:find("%c") or not utf8.len(name) then
      error(("a job's name is a text of 1 to 200 letters, not %s"):format(shown(name)), 2)
    end
    begun[name] = line
    return function(spec)
      begun[name] = nil
      if type(spec) ~= "table" then
        error(("job '%s': a table is expected, not %s"):format(name, shown(spec)), 2)
      end
      local job = read(name, spec, function(key, message)
        wrong(key and lineOf(source, key, line) or line, ("job '%s': %s"):format(name, message))
      end)
      job.path, job.file, job.line = path, file, line
      job.spec = table.concat({tostring(job.cron), tostring(job.tz), tostring(job.every)}, "|")
      job.afterLine = job.after and lineOf(source, "after", line)
      jobs[#jobs + 1] = job
    end
  end
  local environment = globals(register)
  -- Only text: bytecode can do what it likes.
  local chunk, message = load(source, "@" .. path, "t", environment)
  local ok = chunk ~= nil
  if chunk then
    ok, message = pcall(task.timeout, 10, chunk)
    environment.job = nil
  end
  if not ok then
    if type(message) == "table" and message.kind == "timeout" then message = "it takes more than 10 s to be read" end
    message = type(message) == "table" and message.message or tostring(message)
    local line, text = message:sub(#path + 1):match("^:(%d+): (.*)$")
    if message:sub(1, #path) == path and line then
      wrong(math.tointeger(line), text)
    else
      wrong(0, message)
    end
  end
  for name, line in pairs(begun) do wrong(line, ("job '%s' has no table: write job \"%s\" { … }"):format(name, name)) end
  return jobs, problems
end

-- The jobs that follow themselves, by one or more steps of `after`.
local function rings(jobs, byName)
  local walks, found = {}, {}
  for walk, job in ipairs(jobs) do
    local other = job
    while other and not walks[other] do
      walks[other] = walk
      other = byName[other.after]
    end
    -- It has come back to a job of its own.
    while other and walks[other] == walk and not found[other] do
      found[other] = true
      other = byName[other.after]
    end
  end
  return found
end

-- Reads the files of a folder. `known` is what this returned last time, if it did: files that have not changed are not
-- read again, and those that have an error now keep their old jobs. Returns a table with `files` (by name), `jobs` (a list),
-- `byName`, `followers` (lists by the name of the job that they follow) and `problems`.
function definitions.read(folder, known)
  local result = {files = {}, jobs = {}, byName = {}, followers = {}, problems = {}, library = host.stamp(folder .. "/lib")}
  local listing = host.list(folder)
  local changed = known and known.library ~= result.library
  for _, entry in ipairs(listing) do
    local old = known and known.files[entry.name]
    if old and old.stamp == entry.stamp and not changed then
      result.files[entry.name] = old
    else
      local jobs, problems = readFile(folder, entry.name)
      result.files[entry.name] = {stamp = entry.stamp, jobs = jobs, problems = problems, old = old and old.good}
      if #problems == 0 then result.files[entry.name].good = jobs end
    end
  end
  for _, entry in ipairs(listing) do
    local file = result.files[entry.name]
    for _, problem in ipairs(file.problems) do result.problems[#result.problems + 1] = problem end
    local jobs = file.good or file.old or {}
    file.good = jobs
    for _, job in ipairs(jobs) do
      local other = result.byName[job.name]
      if other then
        result.problems[#result.problems + 1] = {
          file = job.path, line = job.line,
          message = ("job '%s': %s:%d has a job of that name already"):format(job.name, other.path, other.line),
        }
      else
        result.byName[job.name] = job
        result.jobs[#result.jobs + 1] = job
      end
    end
  end
  local inRing = rings(result.jobs, result.byName)
  for _, job in ipairs(result.jobs) do
    local message
    if job.after and not result.byName[job.after] then
      local others = {}
      for _, other in ipairs(result.jobs) do others[#others + 1] = other.name end
      local near = nearest(job.after, others)
      message = ("after: there is no job '%s'%s"):format(
        job.after, near and (" (did you mean '%s'?)"):format(near) or "")
    elseif inRing[job] then
      message = ("after: it would follow itself, by way of '%s'"):format(job.after)
    end
    if job.after then
      local followers = result.followers[job.after] or {}
      result.followers[job.after] = followers
      followers[#followers + 1] = job
    end
    if message then
      result.problems[#result.problems + 1] = {
        file = job.path, line = job.afterLine, message = ("job '%s': %s"):format(job.name, message),
      }
    end
  end
  table.sort(result.problems, function(a, b)
    if a.file ~= b.file then return a.file < b.file end
    if a.line ~= b.line then return a.line < b.line end
    return a.message < b.message
  end)
  return result
end

function definitions.describe(problem)
  if problem.line == 0 then return ("%s: %s"):format(problem.file, problem.message) end
  return ("%s:%d: %s"):format(problem.file, problem.line, problem.message)
end

return definitions
