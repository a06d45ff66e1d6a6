-- A thousand threads that go over their memory, one after the other, leave nothing behind.
local function resident()
  local f <close> = io.open("/proc/self/statm")
  return select(2, f:read("n", "n")) * 4096
end
local function round()
  local h = thread.spawn({memory = "256K"}, function(n)
    local t, ch = {}, channel.new(4)
    if n % 3 == 0 then while true do t[#t + 1] = ("x"):rep(1000) .. #t end end
    if n % 3 == 1 then while true do t[#t + 1] = channel.new() end end
    while true do t[#t + 1] = {#t} if #t % 100 == 0 then ch:send(t) ch:recv() end end
  end, math.random(0, 2))
  assert(select(2, pcall(h.join, h)).kind == "memory")
end
for _ = 1, 100 do round() end
collectgarbage()
local before = resident()
for _ = 1, 900 do round() end
collectgarbage()
print(resident() - before < 32 << 20) --> true
--! needs speed
