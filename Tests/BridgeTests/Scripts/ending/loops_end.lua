-- Nothing that a script does keeps its end away: every one of these would go on for ever.
local function ends(name, fn)
  local started = channel.new()
  local h = thread.spawn({name = name}, function(fn, started)
    started:send(true)
    fn()
  end, fn, started)
  started:recv()
  h:cancel()
  local ok, e = pcall(h.join, h)
  print(name, ok, e.kind, h:status())
end

ends("a loop", function() while true do end end) --> a loop	false	cancelled	cancelled
ends("pcall", function() local function work() while true do end end while true do pcall(work) end end)
--> pcall	false	cancelled	cancelled
ends("error in pcall", function() while true do pcall(error, "x") end end) --> error in pcall	false	cancelled	cancelled
ends("coroutine", function()
  coroutine.wrap(function() coroutine.wrap(function() while true do end end)() end)()
end) --> coroutine	false	cancelled	cancelled
ends("resume", function()
  while true do coroutine.resume(coroutine.create(function() while true do end end)) end
end) --> resume	false	cancelled	cancelled
ends("wrap chain", function()
  local function chain(n) if n == 0 then while true do end end return coroutine.wrap(chain)(n - 1) end
  while true do pcall(chain, 50) end
end) --> wrap chain	false	cancelled	cancelled
ends("handler", function() xpcall(error, function() while true do end end) end)
--> handler	false	cancelled	cancelled
ends("handler of the end", function()
  while true do xpcall(function() while true do end end, function() while true do end end) end
end) --> handler of the end	false	cancelled	cancelled
ends("traceback", function() while true do xpcall(function() while true do end end, debug.traceback) end end)
--> traceback	false	cancelled	cancelled
ends("deep", function()
  local function down(n) if n == 0 then while true do end end return 1 + down(n - 1) end
  xpcall(down, function(m) return m end, 100000)
end) --> deep	false	cancelled	cancelled
ends("close", function()
  local function generator()
    local x <close> = setmetatable({}, {__close = function() while true do end end})
    coroutine.yield()
  end
  while true do
    local co = coroutine.create(generator)
    coroutine.resume(co)
    coroutine.close(co)
  end
end) --> close	false	cancelled	cancelled
ends("load", function() while true do load(function() while true do end end) end end)
--> load	false	cancelled	cancelled
ends("finalizers", function()
  while true do setmetatable({}, {__gc = function() for _ = 1, 100 do end end}) end
end) --> finalizers	false	cancelled	cancelled
ends("metamethod", function()
  local t = setmetatable({}, {__index = function() while true do end end})
  while true do pcall(function() return t.x end) end
end) --> metamethod	false	cancelled	cancelled
ends("gsub", function() while true do pcall(string.gsub, "aaa", "a", function() while true do end end) end end)
--> gsub	false	cancelled	cancelled
ends("sort", function()
  while true do pcall(table.sort, {3, 2, 1}, function() while true do end end) end
end) --> sort	false	cancelled	cancelled
ends("long C call", function() while true do pcall(string.rep, "x", 1 << 24) end end)
--> long C call	false	cancelled	cancelled
ends("hook", function()
  debug.sethook(function() end, "", 1)
  while true do end
end) --> hook	false	cancelled	cancelled
