--! real: looks at what is left until it is little enough
-- Everything that starts something, with each of its system calls failing in turn: an error or a result comes, and
-- nothing is left of what could not be started. `fail` is fail.c.
local fail = require "fail"
local most = 200

local function list(command)
  local f <close> = assert(io.popen(command))
  return (f:read("a"):gsub("%s+", " "))
end
local pid = process.pid()
-- Without those of the listing itself.
local function standing()
  local names = {}
  for name in list("ls -l /proc/" .. pid .. "/fd 2>/dev/null | sed 's/.* -> //' | sort"):gmatch("%S+") do
    if not name:find("^/proc/") then names[#names + 1] = name:gsub("%d+", "") end
  end
  local processes = list("ps -o comm=,stat= --ppid " .. pid .. " | grep -v -e '^sh ' -e '^ps '")
  local zombies = select(2, processes:gsub("defunct", ""))
  local threads = 0
  for _ in list("ls /proc/" .. pid .. "/task"):gmatch("%d+") do threads = threads + 1 end
  return #names, zombies, select(2, processes:gsub("luaconc", "")) + select(2, processes:gsub("cat", "")), threads
end

local function try(fn)
  local ok, result, why = pcall(fn)
  if ok and result == nil then return false, tostring(why) end
  return ok, tostring(result)
end

local expected = {
  "Too many open files", "Cannot allocate memory", "Resource temporarily unavailable", "No space left on device",
  "No buffer space available", "Permission denied",
}
local function isExpected(text)
  for _, part in ipairs(expected) do
    if text:find(part, 1, true) then return true end
  end
  return text:find("exit code 1", 1, true) or text:find("exit code 127", 1, true)
end

local function settle(limits)
  local files, zombies, processes, threads
  for _ = 1, 500 do
    collectgarbage()
    files, zombies, processes, threads = standing()
    if files <= limits.files and zombies == 0 and processes <= limits.processes and threads <= limits.threads then return end
    sleep(0.02)
  end
  return ("%d files (%d), %d zombies, %d processes (%d), %d threads (%d)"):format(
    files, limits.files, zombies, processes, limits.processes, threads, limits.threads)
end

-- `slack`: what it may leave the first time: the reactor, the guard, a fork server with two children that wait, parked
-- threads.
local function each(name, fn, slack)
  local files, _, processes, threads = standing()
  local limits = {files = files + slack.files, processes = processes + slack.processes, threads = threads + slack.threads}
  local failures, calls = 0, 0
  for _, many in ipairs {3, 1} do -- a thread that fails once is tried again with less
    for n = 1, most do
      fail.arm(n, many)
      local ok, text = try(fn)
      local count = fail.count()
      calls = math.max(calls, count)
      if not ok then
        failures = failures + 1
        if not isExpected(text) then print(name, n, "said", text) end
      end
      local left = settle(limits)
      if left then print(name, n, "left", left) end
      local again, why = try(fn)
      if not again then print(name, n, "then failed without a reason", why) end
      if count < n then break end
    end
  end
  print(name, failures > 0, calls < most)
end

each("thread", function() return thread.spawn(function() return 1 end):join(10) end,
  {files = 3, processes = 0, threads = 5})
each("run", function() return process.run({timeout = 10}, "cat") end, {files = 4, processes = 0, threads = 1})
each("run with input", function()
  local r, why = process.run({stdin = "text"}, "cat")
  if not r then return nil, why end
  return r.stdout == "text"
end, {files = 4, processes = 0, threads = 1})
each("popen", function()
  local p, why = process.popen("cat")
  if not p then return nil, why end
  p:close_stdin()
  local text, e = p:read("a")
  p:kill(9)
  p:wait()
  p.stdout:close()
  if not text then return nil, e end
  return true
end, {files = 4, processes = 0, threads = 1})
each("process", function() return process.spawn(function() return 1 end):join(10) end,
  {files = 13, processes = 4, threads = 4})
--> thread	true	true
--> run	true	true
--> run with input	true	true
--> popen	true	true
--> process	true	true
