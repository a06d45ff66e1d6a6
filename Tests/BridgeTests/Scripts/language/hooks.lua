-- debug.sethook works in the main chunk and in coroutines, each with a hook of its own, as in stock Lua.
print(debug.gethook()) --> nil
local lines = {}
debug.sethook(function(event, line) lines[#lines + 1] = event .. line end, "l")
local x = 1
x = x + 1
debug.sethook()
print(table.concat(lines, " ")) --> line5 line6 line7

local calls = 0
local function f() return 1 end
debug.sethook(function() calls = calls + 1 end, "c")
f() f() f()
debug.sethook()
print(calls) --> 4

local count = 0
debug.sethook(function() count = count + 1 end, "", 100)
for _ = 1, 10000 do end
debug.sethook()
print(count >= 100) --> true

-- A hook belongs to one coroutine.
local seen = 0
local co = coroutine.create(function()
  for i = 1, 3 do
    local y = i
    coroutine.yield(y)
  end
end)
debug.sethook(co, function() seen = seen + 1 end, "l")
coroutine.resume(co)
local after_one = seen
print(debug.gethook() == nil, debug.gethook(co) ~= nil, after_one > 0) --> true	true	true
coroutine.resume(co)
print(seen > after_one) --> true
debug.sethook(co)
print(debug.gethook(co)) --> nil

-- An error from a hook is an error where the hook hit.
local function endless() while true do end end
debug.sethook(function() error("stopped", 0) end, "", 1000)
print(pcall(endless)) --> false	stopped
debug.sethook()
