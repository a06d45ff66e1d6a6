--! real: the clock of the machine is what is looked at
-- timer.now gives monotonic seconds as a float, the same clock in every state.
print(math.type(timer.now())) --> float
local last = timer.now()
for _ = 1, 10000 do
  local now = timer.now()
  assert(now >= last, "it went backwards")
  last = now
end
local before = timer.now()
local in_thread = thread.spawn(function() return timer.now() end):join()
print(before <= in_thread, in_thread <= timer.now()) --> true	true
local start = timer.now()
sleep(0.005)
print(timer.now() - start >= 0.005) --> true

-- No timer fires before its time.
local due, early = {}, 0
for i = 1, 20 do
  local at = timer.now() + i / 1000
  last = timer.after(i / 1000, function() if timer.now() < at then early = early + 1 end end)
end
last:join()
print(early) --> 0
