-- What a script does with hooks keeps no end away: neither a hook that goes on for ever, nor sethook itself.
local begun = channel.new()
local function ended(fn, ...)
  local h = thread.spawn({ grace = 1 }, fn, ...)
  begun:recv()
  h:cancel()
  return h:wait(20)
end
local function set(fn, kind, co)
  co = co or coroutine.running()
  if kind == "count" then debug.sethook(co, fn, "", 10) else debug.sethook(co, fn, kind) end
end

for _, kind in ipairs { "c", "r", "l", "count" } do
  print(kind, ended(function(kind)
    set(function() begun:send(true) while true do end end, kind)
    local function f() end
    while true do f() end
  end, kind), ended(function(kind)
    set(function()
      begun:send(true)
      coroutine.wrap(function() while true do pcall(function() while true do end end) end end)()
    end, kind)
    local function f() end
    while true do f() end
  end, kind), ended(function(kind)
    local co = coroutine.create(function() local function f() end while true do f() end end)
    set(function() begun:send(true) while true do end end, kind, co)
    coroutine.resume(co)
  end, kind), ended(function(kind)
    begun:send(true)
    local co, f = coroutine.create(print), function() end
    while true do
      debug.sethook(co, f, "c")
      set(f, kind)
      pcall(debug.sethook)
    end
  end, kind))
end
--> c	cancelled	cancelled	cancelled	cancelled
--> r	cancelled	cancelled	cancelled	cancelled
--> l	cancelled	cancelled	cancelled	cancelled
--> count	cancelled	cancelled	cancelled	cancelled

-- A deadline, in the main thread; a wait in a hook; a child process; the end of the program by another thread.
print(select(2, pcall(task.timeout, 0.02, function() while true do debug.sethook() end end)).kind) --> timeout
print(select(2, pcall(task.timeout, 0.02, function()
  -- So seldom that it does not come again before it is taken away below.
  debug.sethook(function() while true do sleep(0.001) end end, "", 100000)
  while true do end
end)).kind) --> timeout
debug.sethook()
local child = process.spawn(function()
  begun:send(true)
  debug.sethook(function() while true do end end, "", 10)
  while true do end
end)
begun:recv()
child:cancel()
print(child:wait(20)) --> cancelled
thread.spawn(function() os.exit(0) end)
debug.sethook(function() while true do end end, "", 10)
while true do end
