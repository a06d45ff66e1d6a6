-- A thread that goes over its memory fails alone, wherever it is at that moment.
local function try(name, fn)
  local h = thread.spawn({memory = "8M"}, fn)
  local ok, e = pcall(h.join, h)
  print(name, ok, e.kind, e.message)
end
try("table", function() local t = {} while true do t[#t + 1] = {} end end) --> table	false	memory	not enough memory
try("string", function() local s = "x" while true do s = s .. s end end) --> string	false	memory	not enough memory
try("one string", function() return ("x"):rep(1e9) end) --> one string	false	memory	not enough memory
try("coroutine", function()
  coroutine.wrap(function() local t = {} while true do t[#t + 1] = {} end end)()
end) --> coroutine	false	memory	not enough memory
try("handler", function()
  local x <close> = setmetatable({}, {__close = function() local t = {} while true do t[#t + 1] = {} end end})
end) --> handler	false	memory	not enough memory
try("message", function()
  local ch, t, all = channel.new(10), {}, {}
  for i = 1, 1e4 do t[i] = {i} end
  while true do ch:send(t) all[#all + 1] = ch:recv() end
end) --> message	false	memory	not enough memory
try("host objects", function() local t = {} while true do t[#t + 1] = channel.new() end end)
--> host objects	false	memory	not enough memory
try("in a scope", function() task.timeout(1000, function() local t = {} while true do t[#t + 1] = {} end end) end)
--> in a scope	false	memory	not enough memory
try("while it ends", function()
  local x <close> = setmetatable({}, {__close = function() local t = {} while true do t[#t + 1] = {} end end})
  task.timeout(0.001, sleep, 1000)
end) --> while it ends	false	memory	not enough memory

-- pcall catches it, as in stock Lua, and there is memory again.
print(thread.spawn({memory = "8M"}, function()
  local ok, message = pcall(function() local t = {} while true do t[#t + 1] = {} end end)
  return ok, message, #("x"):rep(1 << 20)
end):join()) --> false	not enough memory	1048576

-- Main is untouched.
print(#("x"):rep(20 << 20)) --> 20971520
