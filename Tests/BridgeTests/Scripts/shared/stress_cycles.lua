-- Maps that hold only each other are collected with what is in them, also where channels are part of the ring; those
-- that somebody can get at stay as they are.
local sanitized = os.getenv("TSAN_OPTIONS") ~= nil
local function resident() -- MiB
  local f <close> = io.open("/proc/self/statm")
  return select(2, f:read("n", "n")) * 4096 / 2^20
end
local heavy = ("heavy"):rep(200000)

-- One in itself, two in each other, a ring with a channel in it, in the value of a map that is dropped, in tables, in
-- a function, in the snapshot of a loop that was left, and in the state of a thread that ends.
local function ring(put)
  local a, b = shared.map(), shared.map()
  put(a, "b", b)
  put(b, "a", a)
  a:set("heavy", heavy)
  return a, b
end
local function set(m, k, v) m:set(k, v) end
local makes = {
  function()
    local m = shared.map()
    m:set("self", m)
    m:set("heavy", heavy)
  end,
  function() ring(set) end,
  function() ring(function(m, k, v) m:cas(k, nil, {list = {v}}) end) end,
  function() ring(function(m, k, v) m:update(k, function() return function() return v end end) end) end,
  function()
    local m, ch = shared.map(), channel.new()
    m:set("ch", ch)
    ch:send({m, heavy})
  end,
  function() shared.map():set("ring", ring(set)) end,
  function() for _, v in pairs((ring(set))) do if v then break end end end,
  function()
    local a = ring(set)
    a:set("heavy", nil)
    for i = 1, 100 do a:set(i, i) a:set("text" .. i, ("x"):rep(i)) end
    a:set("more", heavy)
  end,
}
local function inner(heavy)
  local a, b = shared.map(), shared.map()
  a:set("b", b) b:set("a", a) b:set("heavy", heavy)
  return a
end

-- What is kept: by a variable, by a map that has a name, by a value of a map that is kept, and by another thread.
local function alive(i)
  local a = ring(set)
  a:set("heavy", i)
  return a
end
local kept, named, map, asked, answers = {}, shared.map("kept"), shared.map(), channel.new(), channel.new()
local holder = thread.spawn(function(asked, answers)
  local held = {}
  for v in asked do held[#held + 1] = v end
  for _, v in ipairs(held) do answers:send(v) end
end, asked, answers)
for i = 1, 100 do
  kept[i] = alive(i)
  named:set(i, alive(i))
  map:set(i, {alive(i)})
  asked:send(alive(i))
end
local function forget() named = nil end
forget()

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
local function intact(a, i) return a:get("b"):get("a") == a and a:get("heavy") == i and #a == 2 and #a:get("b") == 1 end
for i = 1, 100 do
  assert(intact(kept[i], i), "kept by a variable")
  assert(intact(shared.map("kept"):get(i), i), "kept by a name")
  assert(intact(map:get(i)[1], i), "kept by a value")
  assert(intact(answers:recv(), i), "kept by a thread")
end
print("alive") --> alive
holder:join()

-- While threads make, read and drop rings of the same maps, nothing that can be reached is lost.
local root = shared.map()
local threads = {}
for t = 1, 4 do
  threads[t] = thread.spawn(function(root, t)
    for i = 1, 500 do
      local a, b = shared.map(), shared.map()
      a:set("b", b) b:set("a", a) a:set("i", i)
      root:set(t, a)
      local other = root:get(i % 4 + 1)
      if other then
        local back = other:get("b")
        assert(back and back:get("a") == other, "a ring that can be reached was emptied")
      end
      if i % 50 == 0 then collectgarbage() end
    end
  end, root, t)
end
for t = 1, 4 do threads[t]:join() end
