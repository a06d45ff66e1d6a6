-- Cancels a thread that waits for a message, until it has been joined; one after the other.
-- Usage: luaconc thread-cancel-blocked.lua [threads]    Prints: ns_per_op (the median of one cancel and join)

local n = tonumber(arg[1]) or 200

local function wait(ready)
  ready:send(true)
  thread.inbox:recv()
end

local times = {}
for i = -n // 10, n do -- the first ones are warm-up
  local ready = channel.new()
  local h = thread.spawn(wait, ready)
  ready:recv()
  sleep(0.001)
  local start = timer.now()
  h:cancel()
  assert(h:wait() == "cancelled")
  if i > 0 then times[i] = timer.now() - start end
end
table.sort(times)
print("ns_per_op", times[(#times + 1) // 2] * 1e9)
