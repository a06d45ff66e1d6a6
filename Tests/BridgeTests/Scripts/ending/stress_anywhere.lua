-- Cancelled at a random moment, work always ends: its handlers run once, in order, and nothing is left waiting.
local rounds = tonumber(arg[1]) or 1500
local works = {
  function() while true do end end,
  function() while true do pcall(function() while true do end end) end end,
  function() while true do sleep(0.0001) end end,
  function() local ch = channel.new(2) while true do ch:send(1) ch:recv() end end,
  function() while true do coroutine.wrap(function() coroutine.yield() sleep(0) end)() end end,
  function() while true do pcall(task.timeout, 0.0001, function() while true do end end) end end,
  function() while true do task.spawn(function() sleep(0) end):join() end end,
  function() while true do xpcall(error, function(m) return m end) end end,
  function() while true do local t <close> = setmetatable({}, {__close = function() sleep(0) end}) sleep(0) end end,
  function() while true do pcall(task.shield, function() for _ = 1, 100 do end sleep(0) end) end end,
  function() while true do local g <close> = task.group() g:task(sleep, 0) g:task(sleep, 0) end end,
  function() while true do setmetatable({}, {__gc = function() local x = {} end}); ("x"):rep(100):gsub("x", "y") end end,
  function() while true do table.sort({3, 1, 2}, function(a, b) return a < b end) end end,
  function() while true do timer.after(0, function() end):join() end end,
  function() while true do channel.select({channel.new(0)}, 0.0001) end end,
}
local log = channel.new(math.huge)
local function body(fn, log, n)
  local outer <close> = setmetatable({}, {__close = function(_, e) log:send(n .. " outer " .. tostring(e and e.kind)) end})
  local inner <close> = setmetatable({}, {__close = function(_, e)
    for _ = 1, 100 do end
    if n % 3 == 0 then sleep(0) end
    log:send(n .. " inner " .. tostring(e and e.kind))
  end})
  log:send(n .. " begins")
  fn()
end
for n = 1, rounds do
  local where = n % 2 == 0 and thread or task
  local fn = works[math.random(#works)]
  local till = timer.now() + math.random() * 0.002
  local h
  if where == thread then
    h = thread.spawn(body, fn, log, n)
    if n % 4 == 0 then sleep(till - timer.now()) else while timer.now() < till do end end
    h:cancel()
  else
    -- A task of a thread of its own, cancelled from here.
    local handles = channel.new()
    local host = thread.spawn(function(body, fn, log, n, handles)
      local h = task.spawn(body, fn, log, n)
      handles:send(h)
      h:wait()
    end, body, fn, log, n, handles)
    h = handles:recv()
    while timer.now() < till do end
    h:cancel()
    host:join(30)
  end
  local status = h:wait(30)
  if status ~= "cancelled" then print("round", n, status, select(2, pcall(h.join, h))) os.exit(2) end
  local got = {}
  while #log > 0 do got[#got + 1] = log:recv() end
  -- It may have been early: then the first of these are missing.
  local text, all = table.concat(got, ","), n .. " begins," .. n .. " inner cancelled," .. n .. " outer cancelled"
  if text ~= "" and all:sub(-#text) ~= text then print("round", n, text) os.exit(3) end
end
print("all ended") --> all ended
