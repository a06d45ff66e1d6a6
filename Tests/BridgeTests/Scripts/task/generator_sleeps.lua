--! args: --simulate 1d
-- A generator may block: its whole task waits, other tasks go on, and the generator's own yields are untouched.
local log = {}
local function numbers(name, n)
  return coroutine.wrap(function()
    for i = 1, n do
      sleep(0.001)
      coroutine.yield(i)
      task.yield()
    end
    log[#log + 1] = name .. " ends"
  end)
end
local other = task.spawn(function()
  local sum = 0
  for i in numbers("other", 5) do sum = sum + i end
  return sum
end)
local list = {}
for i in numbers("main", 4) do list[#list + 1] = i end
print(table.concat(list, " "), other:join()) --> 1 2 3 4	15
table.sort(log)
print(table.concat(log, ", ")) --> main ends, other ends

-- Two generators in one task, taken in turns.
local a, b = numbers("a", 3), numbers("b", 3)
print(a(), b(), a(), b(), a(), b()) --> 1	1	2	2	3	3

-- A generator that joins, receives and spawns.
local ch = channel.new(0)
local worker = coroutine.wrap(function(x)
  while true do
    local sender = task.spawn(function() ch:send(x * 2) return "sent" end)
    local doubled = ch:recv()
    x = coroutine.yield(doubled, sender:join())
  end
end)
print(worker(1)) --> 2	sent
print(worker(21)) --> 42	sent
