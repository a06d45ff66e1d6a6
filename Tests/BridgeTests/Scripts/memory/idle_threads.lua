--! real: looks until memory rests
-- A thread that waits, with its state, takes little memory: what its start has used goes back to the system.
-- A sanitizer makes stacks and blocks larger, so that it is for the release build.
--! release
local status = require "status"
local count = 200

local function idle(ready, stop)
  ready:send(true)
  stop:recv()
end

local ready, stop, threads = channel.new(), channel.new(), {}
local function start(n)
  for _ = 1, n do threads[#threads + 1] = thread.spawn(idle, ready, stop) end
  for _ = 1, n do ready:recv() end
end

start(4)
local before
repeat
  before = status("VmRSS")
  sleep(0.1)
until status("VmRSS") == before
start(count)
local ends, each = timer.now() + 20, nil
repeat
  sleep(0.1)
  each = (status("VmRSS") - before) / count
until each < 56 or timer.now() > ends
print(each < 56 or each) --> true
stop:close()
for _, t in ipairs(threads) do t:join() end
