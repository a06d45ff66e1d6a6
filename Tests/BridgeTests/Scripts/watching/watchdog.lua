-- The watchdog goes by the machine's clock, since what it looks for holds up all else.
-- The watchdog names a task that holds its state while others are due, with its line, once.
local luaconc = arg[-1]
local function run(code, ...)
  local words = {luaconc, ...}
  for _, word in ipairs {"-e", "local function spin(s) local t = timer.now() while timer.now() - t < s do end end\n" .. code} do
    words[#words + 1] = word
  end
  words.timeout = 60
  local result = process.run(words)
  local times = {}
  local text = result.stderr:gsub("%d+%.%d s", function(time) times[#times + 1] = tonumber(time:sub(1, -3)) return "N s" end)
  io.write(text)
  for _, time in ipairs(times) do assert(time >= 0.2 and time < 60, time) end
end

run([[
  task.spawn({name = "b"}, print)
  task.spawn({name = "c"}, print)
  spin(1)
]], "--watchdog", "0.2")
--> luaconc: thread 'main' has run for N s without a wait while 2 others are due ((command line):1)

-- Each holding is told once.
run([[
  task.spawn({name = "sum"}, function()
    for _ = 1, 2 do spin(1) sleep(0) end
  end)
  task.spawn(function() while true do sleep(0) end end)
  task.spawn(function() for _ = 1, 5 do sleep(0) end os.exit(0) end)
]], "--watchdog", "0.2")
--> luaconc: thread 'main': task 'sum' has run for N s without a wait while 2 others are due ((command line):1)
--> luaconc: thread 'main': task 'sum' has run for N s without a wait while 2 others are due ((command line):1)

-- A timer that is due counts, and so does what becomes due later.
run([[
  timer.after(0.5, function() end)
  thread.spawn({name = "t"}, function() timer.after(0.01, print) local t = timer.now() while timer.now() - t < 1 do end end):join()
]], "--watchdog", "0.2")
--> luaconc: thread 't' has run for N s without a wait while another is due ((command line):3)

run([[
  task.spawn(print)
  os.execute("sleep 1")
  for i = 1, 10 do end
]], "--watchdog", "0.2")
--> luaconc: thread 'main' has been in a C function for N s while another is due (before (command line):4)

run([[
  process.spawn({name = "kid"}, function(spin) task.spawn(function() end) spin(1) end, spin):join()
]], "--watchdog", "0.2")
--> luaconc: process 'kid' has run for N s without a wait while another is due ((command line):1)

-- Nobody is due; those who wait for a while in turns hold nothing; off; on virtual time.
run("spin(0.6)", "--watchdog", "0.2")
run("task.spawn(function() for i = 1, 60 do spin(0.01) sleep(0) end end) for i = 1, 60 do spin(0.01) sleep(0) end", "--watchdog", "0.2")
run("task.spawn(print) spin(0.6)", "--watchdog", "0")
run("task.spawn(print) local n = 0 for i = 1, 3e7 do n = n + 1 end", "--watchdog", "0.2", "--simulate", "1h")
print("silent") --> silent
