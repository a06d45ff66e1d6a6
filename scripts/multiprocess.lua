-- Two functions that only count, first one after the other, then started together in two child processes, with the time
-- of each way.
--
--   luaconc scripts/multiprocess.lua          about a second for each function
--   luaconc scripts/multiprocess.lua 0.1      a tenth of that
--
-- On a machine with two idle cores the second way takes half the time. Threads do that as well (parallel.lua); a process
-- costs a little more, and shares nothing: neither memory nor fate.

local size = tonumber(arg[1] or 1)
if not (size and size > 0 and size < math.huge) or arg[2] then
  io.stderr:write("usage: luaconc multiprocess.lua [size]\n")
  os.exit(2)
end

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
