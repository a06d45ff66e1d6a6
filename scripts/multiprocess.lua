<<<<<<< HEAD
-- Two functions that only count, first one after the other, then started together in two child processes, with the time
-- of each way.
--
--   luaconc scripts/multiprocess.lua          about a second for each function
--   luaconc scripts/multiprocess.lua 0.1      a tenth of that
--
-- On a machine with two idle cores the second way takes half the time. Threads do that as well (parallel.lua); a process
-- costs a little more, and shares nothing: neither memory nor fate.
=======
-- Two functions that count, each in a process of its own: started together and joined, with the wall time beside that
-- of one after the other.
--
--   luaconc scripts/multiprocess.lua          about a second of work for each process
--   luaconc scripts/multiprocess.lua 0.1      a tenth of that
--
-- A child process runs a function exactly as a thread does. What it costs more, it gives back in isolation: a child
-- that crashes, or is killed, fails its own handle and harms nobody else. No "main guard" is needed: the script runs
-- once, and only the function runs in the child.
>>>>>>> main

local size = tonumber(arg[1] or 1)
if not (size and size > 0 and size < math.huge) or arg[2] then
  io.stderr:write("usage: luaconc multiprocess.lua [size]\n")
  os.exit(2)
end

<<<<<<< HEAD
local steps = math.ceil(50e6 * size)

--- Counts the numbers up to n that neither 3 nor 5 divides.
local function count_up(n)
  local count = 0
  for i = 1, n do
    if i % 3 ~= 0 and i % 5 ~= 0 then count = count + 1 end
  end
  return count
end

--- The same, from the other end.
local function count_down(n)
  local count = 0
  for i = n, 1, -1 do
    if i % 3 ~= 0 and i % 5 ~= 0 then count = count + 1 end
  end
  return count
end

local function timed(fn)
  local start = timer.now()
  local a, b = fn()
  return timer.now() - start, a, b
end

local sequential, up, down = timed(function() return count_up(steps), count_down(steps) end)
local parallel, same_up, same_down = timed(function()
  local a = process.spawn({name = "up"}, count_up, steps)
  local b = process.spawn({name = "down"}, count_down, steps)
  print(("processes %d and %d count to %d"):format(a.pid, b.pid, steps))
  return a:join(), b:join()
end)
assert(up == down and up == same_up and down == same_down, "they disagree")

print(("counted              %d each"):format(up))
print(("one after the other  %.3f s"):format(sequential))
print(("side by side         %.3f s"):format(parallel))
print(("%.2f times as fast, with %d cores"):format(sequential / parallel, thread.cores()))
=======
local function count_up(n)
  local i = 0
  while i < n do i = i + 1 end
  return i
end

local function count_down(n)
  local i = n
  while i > 0 do i = i - 1 end
  return n - i
end

local n = math.ceil(size * 3e7)

local function timed(what, run)
  local start = timer.now()
  local up, down = run()
  assert(up == n and down == n)
  local seconds = timer.now() - start
  print(("%-22s %.2f s"):format(what, seconds))
  return seconds
end

local alone = timed("one after the other:", function() return count_up(n), count_down(n) end)
local together = timed("in two processes:", function()
  local up = process.spawn({name = "up"}, count_up, n)
  local down = process.spawn({name = "down"}, count_down, n)
  return up:join(), down:join()
end)
print(("%.2f times as fast"):format(alone / together))
>>>>>>> main
