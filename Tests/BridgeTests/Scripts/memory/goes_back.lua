--! real: looks until memory has gone back
-- What ended threads and long strings had goes back to the system when nothing more is freed.
-- A sanitizer keeps what is freed, so that it is for the release build.
--! release
local status = require "status"

local function fill()
  local t = {}
  for i = 1, 1e5 do t[i] = ("x"):rep(150) .. i end
  return #t
end

local function rest(name, before)
  local most = math.max(16 * 1024, (status("VmHWM") - before) / 10)
  local ends = timer.now() + 60
  local left
  repeat
    sleep(0.1)
    left = status("VmRSS") - before
  until left < most or timer.now() > ends
  print(name, left < most or left)
end

local before = status("VmRSS")
local threads = {}
for i = 1, 5 do threads[i] = thread.spawn(fill) end
for i = 1, 5 do threads[i]:join() end
threads = nil
rest("threads", before) --> threads	true

local strings = {}
for i = 1, 10 do strings[i] = ("y"):rep(8 << 20) end
strings = nil
collectgarbage()
collectgarbage()
rest("strings", before) --> strings	true
