-- Thousands of temporary children come and go: nothing of them is left, and each runs once.
local total = 0
local s = supervisor.spawn {}
for i = 1, 5000 do
  s:add {kind = "task", restart = "temporary", start = function() total = total + i end}
  if i % 1000 == 0 then sleep(0) end
end
s:join()
print(total, #s:which()) --> 12502500	0

local count = channel.new(math.huge)
s = supervisor.spawn {on_error = function() end}
for i = 1, 200 do
  s:add {restart = "temporary", start = function(count) count:send(i) if i % 2 == 0 then error("even") end end, args = {count}}
end
s:join()
print(#count, #s:which()) --> 200	0

-- Many that run at the same time are stopped in reverse order.
local order = {}
local children = {}
for i = 1, 1000 do
  children[i] = {kind = "task", restart = "temporary", start = function()
    local closing <close> = setmetatable({}, {__close = function() order[#order + 1] = i end})
    sleep(1000)
  end}
end
s = supervisor.spawn {children = children}
sleep(0)
print(#s:which()) --> 1000
s:cancel()
s:wait()
for i = 1, 1000 do assert(order[i] == 1001 - i) end
print(#s:which()) --> 0

-- The name of one that has ended is free at once.
s = supervisor.spawn {}
for i = 1, 200 do
  assert(s:add {name = "x", kind = i % 2 == 0 and "task" or "thread", restart = "temporary", start = function() return "ended" end}:join() == "ended")
end
print(s:join()) -->
