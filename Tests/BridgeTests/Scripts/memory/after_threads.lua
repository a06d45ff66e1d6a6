-- More threads than are kept ready, again and again: nothing of those that end stays.
-- A sanitizer keeps what is freed, so that it is for the release build.
--! release
local status = require "status"

local function rounds(n)
  for _ = 1, n do
    local there, threads = channel.new(), {}
    for i = 1, 12 do threads[i] = thread.spawn(function(there) return there:recv() end, there) end
    for i = 1, 12 do there:send(i) end
    for _, t in ipairs(threads) do t:join() end
  end
  collectgarbage()
  collectgarbage()
  return status("VmRSS")
end

rounds(60)
local before = rounds(60)
local after = rounds(600)
print(after - before < 12000 or after - before) --> true
