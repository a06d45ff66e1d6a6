-- Values of every kind go between threads and processes as fast as they can, so that a value which is freed or changed
-- on its way shows. Run with the release build, since what an optimizer does wrong shows only there.
--
--   luaconc Tests/BridgeTests/Stress/handover.lua [seconds]
--
-- Ends with "ok" and the number of messages; a fault is a crash, an error or a wrong sum.

local seconds = tonumber(arg[1] or 10)

--- What is sent: the value, and a function that says whether what came back is it.
local kinds = [[
  local long = ("long string "):rep(100000)
  local class = {__index = {name = "class"}}
  local kept = channel.new()
  return {
    function(i) return i, function(v) return v == i end end,
    function(i) local s = "short " .. i return s, function(v) return v == s end end,
    function(i) local s = long .. i return s, function(v) return v == s end end,
    function(i) return kept, function(v) return v == kept end end,
    function(i)
      local c = channel.new(1)
      c:send(i)
      return {c, c}, function(v) return v[1] == c and v[2] == c and v[1]:recv() == i end
    end,
    function(i)
      local c = channel.new(1)
      c:send({("x"):rep(20000), channel.new()})
      return c, function(v) return #v:recv()[1] == 20000 end
    end,
    function(i) local h = thread.current() return {h}, function(v) return v[1] == h end end,
    function(i) local s = "up " .. i return function() return s end, function(v) return v() == s end end,
    function(i) return setmetatable({i}, class), function(v) return v.name == "class" and v[1] == i end end,
    function(i)
      local t = {list = {}, [true] = i}
      t.self = t
      for n = 1, i % 100 do t.list[n] = n * 0.5 end
      return t, function(v) return v.self == v and #v.list == i % 100 and v[true] == i end
    end,
  }
]]

--- Everything goes to and fro between the caller and somebody who sends it back.
local function mirror(kinds, spawn, capacity, stop)
  local to, back = channel.new(capacity), channel.new(capacity)
  local h = spawn(function(to, back) for v in to do back:send(v) end end, to, back)
  local n = 0
  local make = load(kinds)()
  while timer.now() < stop do
    for i, kind in ipairs(make) do
      local value, is = kind(n + i)
      to:send(value)
      value = nil
      assert(is(back:recv()), "kind " .. i .. " is another after its way")
    end
    n = n + #make
  end
  to:close()
  h:join()
  return 2 * n
end

--- Many send what is their own into one channel, many receive it and drop it, and it is closed in the middle.
local function crowd(kinds, capacity, stop)
  local total = 0
  while timer.now() < stop do
    local ch = channel.new(capacity)
    local group <close> = task.group()
    local senders, receivers = {}, {}
    for i = 1, 3 do
      senders[i] = group:thread(function(kinds, ch)
        local make, sent = load(kinds)(), 0
        while true do
          for i, kind in ipairs(make) do
            local value = kind(sent)
            local ok, err = pcall(function()
              if i % 2 == 0 then ch:send(value) else channel.select({{ch, value}}) end
            end)
            if not ok then
              assert(err.kind == "closed", err)
              return sent
            end
            sent = sent + 1
          end
        end
      end, kinds, ch)
      receivers[i] = group:thread(function(ch)
        local received = 0
        while true do
          local which, value, why
          if received % 2 == 0 then value, why = ch:recv() else which, value, why = channel.select({ch}) end
          if value == nil then
            assert(why == "closed", why)
            return received
          end
          received = received + 1
        end
      end, ch)
    end
    sleep(0.2)
    ch:close()
    local sent, received = 0, 0
    for i = 1, 3 do
      sent = sent + senders[i]:join()
      received = received + receivers[i]:join()
    end
    assert(sent == received, ("%d sent, %d received"):format(sent, received))
    total = total + sent
  end
  return total
end

--- Two channels at once, either end by select, in both directions.
local function crossing(kinds, stop)
  local a, b, over = channel.new(0), channel.new(0), channel.new(1)
  local function partner(kinds, a, b, over, first)
    local make, n = load(kinds)(), 0
    while true do
      for _, kind in ipairs(make) do
        local cases = first and {over, {a, (kind(n))}, b} or {over, a, {b, (kind(n))}}
        if channel.select(cases) == 1 then return n end
        n = n + 1
      end
    end
  end
  local one = thread.spawn(partner, kinds, a, b, over, true)
  local two = thread.spawn(partner, kinds, a, b, over, false)
  sleep(math.max(0, stop - timer.now()))
  over:close()
  local n, m = one:join(), two:join()
  assert(math.abs(n - m) <= 1, ("one partner met %d times, the other %d"):format(n, m))
  return n
end

local stop = timer.now() + seconds
local all = {
  thread.spawn(mirror, kinds, thread.spawn, 64, stop),
  thread.spawn(mirror, kinds, thread.spawn, 1, stop),
  thread.spawn(mirror, kinds, process.spawn, 64, stop),
  thread.spawn(crowd, kinds, 16, stop),
  thread.spawn(crowd, kinds, 0, stop),
  thread.spawn(crossing, kinds, stop),
  thread.spawn(function(stop)
    local to, back = channel.new(64), channel.new(64)
    local h = thread.spawn(function(to, back) for v in to do back:send(v) end end, to, back)
    local n = 0
    while timer.now() < stop do
      for _ = 1, 1000 do
        to:send(to)
        assert(back:recv() == to)
      end
      n = n + 2000
    end
    to:close()
    h:join()
    return n
  end, stop),
}
local messages = 0
for _, h in ipairs(all) do messages = messages + h:join(seconds + 60) end
print("ok", messages)
