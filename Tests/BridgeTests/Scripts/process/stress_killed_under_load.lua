-- A child that is killed under full load in both directions takes at most the one message with it that it had just
-- received. What it had not received is there for others, in order, and nobody else loses anything.
local rounds, count = 12, 3000

local function echo(work, back)
  for v in work do back:send(v) end
end

local function number(v) return type(v) == "table" and v.i or v end

local function feed(work, round, count)
  local long = ("x"):rep(1 << 20)
  for i = 1, count do
    local v = i
    if round % 3 == 1 then v = {i = i, text = ("t"):rep(i % 700)} end
    if round % 3 == 2 and i % 300 == 0 then v = {i = i, text = long} end
    work:send(v)
  end
  work:close()
end

-- The neighbour has channels of its own with this process, and is never killed.
local there, here = channel.new(100), channel.new(100)
local neighbour = process.spawn(echo, there, here)
local sender = thread.spawn(function(ch)
  local i = 0
  while not thread.inbox:closed() do
    i = i + 1
    ch:send(i)
  end
  ch:close()
  return i
end, there)
local receiver = thread.spawn(function(ch)
  local n = 0
  for v in ch do
    n = n + 1
    assert(v == n)
  end
  return n
end, here)

local inorder = 0
for round = 1, rounds do
  local work, back = channel.new(64), channel.new(64)
  local victim = process.spawn({on_error = function() end}, echo, work, back)
  local feeder = thread.spawn(feed, work, round, count)
  local seen = 0
  repeat
    seen = seen + 1
    assert(number(back:recv()) == seen)
  until seen == round * 200
  victim:kill(9)
  assert(not pcall(victim.join, victim))
  -- What it had sent before it died.
  for v in function() return (back:recv(0)) end do
    seen = seen + 1
    assert(number(v) == seen)
  end
  local first = number(work:recv())
  assert(first == seen + 1 or first == seen + 2, first .. " after " .. seen)
  for v in work do
    first = first + 1
    assert(number(v) == first)
  end
  feeder:join()
  if first == count then inorder = inorder + 1 end
end
print(inorder) --> 12

sender.inbox:close()
local sent = sender:join()
neighbour:join()
here:close()
print(receiver:join() == sent) --> true
