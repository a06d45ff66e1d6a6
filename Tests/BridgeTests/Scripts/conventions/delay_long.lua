--! args: --simulate 1d
-- Delays and timeouts of 1e9 seconds and more are waited for, not wrapped around.
local fired = 0
for _, delay in ipairs { 1e9, 2 ^ 31, 2 ^ 32, 1e12, 2 ^ 53, 1e18, 2 ^ 63, 1e300, math.maxinteger } do
  local t = timer.after(delay, function() fired = fired + 1 end)
  sleep(0.0001)
  task.yield()
  print(t:active(), t:cancel(), fired)
end
--> true	true	0
--> true	true	0
--> true	true	0
--> true	true	0
--> true	true	0
--> true	true	0
--> true	true	0
--> true	true	0
--> true	true	0

for _, timeout in ipairs { 1e9, 1e18, 1e300, math.maxinteger } do
  local ch = channel.new()
  task.spawn(function() task.yield() ch:send("came") end)
  print(ch:recv(timeout))
end
--> came
--> came
--> came
--> came
