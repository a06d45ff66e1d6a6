--! args: --simulate 1d
-- A task that is only spawned and joined has no handle of its own yet; nothing of that is seen.
local function give(...) return ... end

-- Results stay for all joins, through collections, and go with the handle.
local h = task.spawn(give, 1, nil, "three")
print(h:join()) --> 1	nil	three
collectgarbage()
print(h:join()) --> 1	nil	three
print(h:status(), h:join()) --> done	1	nil	three
collectgarbage()
print(h:join()) --> 1	nil	three
print(select("#", task.spawn(give):join())) --> 0

local weak = setmetatable({}, {__mode = "v"})
do
  local t = task.spawn(function() return {} end)
  weak[1] = t:join()
  collectgarbage()
  print(weak[1] ~= nil) --> true
end
task.yield()
collectgarbage()
collectgarbage()
print(weak[1]) --> nil

-- The task and whoever has spawned it see one and the same handle, also when it is asked for at different times.
local mine
local same = task.spawn(function() mine = task.current() return "same" end)
print(same:join(), mine == same, same:join()) --> same	true	same
local before = task.spawn(function() return task.current() end)
print(before.kind, before:status(), before:join() == before) --> task	pending	true
local isListed
local listed = task.spawn(function() return task.list() end)
for _, t in ipairs((listed:join())) do isListed = isListed or t == listed end
print(isListed) --> true

-- Numbers follow the order of spawning, whenever they are read.
local a, b = task.spawn(give), task.spawn(give)
print(b.id - a.id, a.name == "task-" .. a.id) --> 1	true

-- Several may join, some of them before the handle is needed and some after.
local gate = channel.new()
local slow = task.spawn(function() return gate:recv() end)
local out = {}
local function joiner(i) out[i] = slow:join() end
local first = task.spawn(joiner, 1)
task.yield()
print(slow:status()) --> waiting
local second = task.spawn(joiner, 2)
task.yield()
gate:send("open")
first:join()
second:join()
print(out[1], out[2], slow:join()) --> open	open	open

-- More of them than coroutines are kept, with few and with many arguments.
local many, numbers = {}, {}
for i = 1, 20 do numbers[i] = i end
for i = 1, 500 do
  many[i] = task.spawn(function(...) return select("#", ...), (select(-1, ...)) end, table.unpack(numbers, 20 - i % 20))
end
local sum = 0
for i = 1, 500 do
  local n, last = many[i]:join()
  assert(n == i % 20 + 1)
  sum = sum + last
end
print(sum) --> 10000

-- One that is cancelled before it starts never runs; its arguments go.
local ran = false
local held = setmetatable({}, {__mode = "k"})
for i = 1, 100 do
  local argument = {}
  held[argument] = true
  many[i] = task.spawn(function(_) ran = true end, argument)
end
for i = 1, 100 do many[i]:cancel() end
print(many[1]:wait(), many[100]:wait(), ran) --> cancelled	cancelled	false
for i = 1, 100 do many[i] = nil end
collectgarbage()
collectgarbage()
print(next(held)) --> nil

-- It fails as any other.
local ok, e = pcall(function() task.spawn(function() error("dum") end):join() end)
print(ok, e.message:match(":%d+: (.*)")) --> false	dum

-- Two tasks that wait for each other are found, in whichever order they began.
local x, y
x = task.spawn(function() return y:join() end)
y = task.spawn(function() return x:join() end)
local _, ring = pcall(x.join, x)
print(ring.kind) --> deadlock
pcall(y.join, y)
local p, q, r
p = task.spawn(function() return q:join() end)
q = task.spawn(function() return r:join() end)
r = task.spawn(function() return p:join() end)
print(select(2, pcall(q.join, q)).kind) --> deadlock
for _, t in ipairs{p, r} do pcall(t.join, t) end
-- Those who joined early are part of a ring that another state closes.
local inbox, answers = channel.new(), channel.new()
local there = thread.spawn(function() answers:send(select(2, pcall(function() return inbox:recv():join() end)).kind) end)
local middle = task.spawn(function() sleep(0.01) return there:join() end)
local here = task.spawn(function() return middle:join() end)
task.yield()
inbox:send(here)
print(answers:recv()) --> deadlock
for _, t in ipairs{there, middle, here} do pcall(t.join, t) end

-- The only result is there whatever was asked for between the end and the join.
local ended = task.spawn(give, "kept")
task.yield()
ended:cancel()
collectgarbage()
print(ended:status(), ended.name == "task-" .. ended.id, ended:join()) --> done	true	kept
