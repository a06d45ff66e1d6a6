-- Two functions that count, each in a process of its own: started together and joined, with the wall time beside that
-- of one after the other.
--
--   luaconc scripts/multiprocess.lua          about a second of work for each process
--   luaconc scripts/multiprocess.lua 0.1      a tenth of that
--
-- A child process runs a function exactly as a thread does. What it costs more, it gives back in isolation: a child
-- that crashes, or is killed, fails its own handle and harms nobody else. No "main guard" is needed: the script runs
-- once, and only the function runs in the child.

local size = tonumber(arg[1] or 1)
if not (size and size > 0 and size < math.huge) or arg[2] then
  io.stderr:write("usage: luaconc multiprocess.lua [size]\n")
  os.exit(2)
end

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
