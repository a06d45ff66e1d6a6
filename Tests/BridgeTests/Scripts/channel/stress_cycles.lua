-- Channels that hold only each other, in messages that nobody can receive any more, are collected with what is in them;
-- those that somebody can get at stay as they are.
local sanitized = os.getenv("TSAN_OPTIONS") ~= nil
local function resident() -- MiB
  local f <close> = io.open("/proc/self/statm")
  return select(2, f:read("n", "n")) * 4096 / 2^20
end
local heavy = ("heavy"):rep(200000)

-- Made and dropped: one in itself, two in each other, three in a ring with other messages between, in a queue that is
-- dropped, and in that of a thread that ends.
local makes = {
  function() local a = channel.new() a:send(a) a:send(heavy) end,
  function()
    local a, b = channel.new(), channel.new()
    a:send({b, heavy})
    b:send({"text", a})
  end,
  function()
    local a, b, c = channel.new(), channel.new(), channel.new()
    for i = 1, 100 do a:send(i) b:send(("x"):rep(i)) end
    a:send(b) b:send(c) c:send({a, b, heavy}) c:send(c)
    for i = 1, 10 do a:recv() end
  end,
  function()
    local a, b, holder = channel.new(), channel.new(), channel.new()
    a:send(b) b:send(a) a:send(heavy)
    holder:send(a)
  end,
}
local inner = function(heavy)
  local a, b = channel.new(), channel.new()
  a:send(b) b:send(a) b:send(heavy)
  return a
end

-- What is kept: by a variable, by a message in a channel that is kept, and by another thread.
local function alive(i)
  local a, b = channel.new(), channel.new()
  a:send(b) b:send(a) a:send(i)
  return a
end
local kept, queue, asked, answers = {}, channel.new(), channel.new(), channel.new()
local holder = thread.spawn(function(asked, answers)
  local held = {}
  for v in asked do held[#held + 1] = v end
  for _, v in ipairs(held) do answers:send(v) end
end, asked, answers)
for i = 1, 100 do
  kept[i] = alive(i)
  queue:send(alive(i))
  asked:send(alive(i))
end

local before = resident()
for i = 1, sanitized and 5 or 100 do
  for _, make in ipairs(makes) do make() end
  if i % 10 == 0 then thread.spawn(inner, heavy):join() end
  if i % 25 == 0 then collectgarbage() end
end
collectgarbage()
collectgarbage()
local more = resident() - before
print(more < 100 or sanitized or more) --> true

asked:close()
local function intact(a, i)
  local b = a:recv()
  return b:recv() == a and a:recv() == i and #a == 0 and #b == 0
end
for i = 1, 100 do
  assert(intact(kept[i], i), "kept by a variable")
  assert(intact(queue:recv(), i), "kept by a message")
  assert(intact(answers:recv(), i), "kept by a thread")
end
print("alive") --> alive
holder:join()
