-- Stress: nothing here is a deadlock, though again and again all states but one are asleep: hand-overs between
-- threads, threads that end just as they are waited for, timers that save everybody, or are cancelled at the last
-- moment by somebody who does.
local rounds = tonumber((arg or {})[1]) or 300

local function ping_pong(n)
  local there, back = channel.new(0), channel.new(1)
  local h = thread.spawn(function()
    for v in there do back:send(v + 1) end
    return "over"
  end)
  for i = 1, n do
    there:send(i)
    assert(back:recv() == i + 1)
  end
  there:close()
  assert(h:join() == "over")
end

-- A ring of threads: exactly one is ever awake.
local function ring(size, n)
  local links = {}
  for i = 1, size do links[i] = channel.new(1) end
  for i = 1, size do
    thread.spawn(function()
      for v in links[i] do
        if i == size then
          if v >= n then
            for _, link in ipairs(links) do link:close() end
          else
            links[1]:send(v + 1)
          end
        else
          links[i + 1]:send(v)
        end
      end
    end)
  end
  links[1]:send(1)
end

local function storm(n)
  local handles = {}
  for i = 1, n do handles[i] = thread.spawn(function(x) return x end, i) end
  for i = n, 1, -1 do assert(handles[i]:join() == i) end
end

-- The thread whose end is waited for says its last word while its state is being closed.
local function last_words()
  local ch = channel.new()
  thread.spawn(function()
    kept = setmetatable({}, {__gc = function() ch:send("closed") end})
  end)
  assert(ch:recv() == "closed")
end

local function saved_by_a_timer()
  local ch = channel.new()
  local h = thread.spawn(function()
    local t = timer.after(1000, function() ch:send("too late") end)
    timer.after(0.0005, function()
      t:cancel()
      ch:send("in time")
    end)
    return ch:recv()
  end)
  assert(h:join() == "in time")
end

-- The timer belongs to another state, and is cancelled from here.
local function cancelled_from_afar()
  local ch, done = channel.new(), channel.new()
  thread.spawn(function()
    local t = timer.after(1000, function() ch:send("late") end)
    done:send(t)
    t:join()
    ch:send("cancelled")
  end)
  done:recv():cancel()
  assert(ch:recv() == "cancelled")
end

local function blocked_where_lua_cannot_yield()
  local ch = channel.new(0)
  thread.spawn(function()
    for _ = 1, 3 do ch:send(1) end
  end)
  local list = {3, 1, 2}
  local left = 3
  table.sort(list, function(a, b)
    if left > 0 then left = left - ch:recv() end
    return a < b
  end)
  while left > 0 do left = left - ch:recv() end
end

local function timeouts()
  local ch = channel.new()
  local h = thread.spawn(function() return ch:recv(0.0003) or "nothing" end)
  assert(select(2, ch:recv(0.0002)) == "timeout")
  assert(h:join() == "nothing")
end

local function selects()
  local a, b = channel.new(0), channel.new(0)
  local h = thread.spawn(function()
    for _ = 1, 10 do channel.select {a, b} end
    return true
  end)
  for _ = 1, 10 do channel.select {{a, 1}, {b, 2}} end
  assert(channel.select {h} == 1)
end

local function cancelled()
  local ch = channel.new()
  local h = thread.spawn(function() ch:recv() end)
  h:cancel()
  assert(h:wait() == "cancelled")
end

for _ = 1, rounds do
  ping_pong(20)
  ring(3, 10)
  storm(4)
  last_words()
  saved_by_a_timer()
  cancelled_from_afar()
  blocked_where_lua_cannot_yield()
  timeouts()
  selects()
  cancelled()
end
print("no alarm") --> no alarm
