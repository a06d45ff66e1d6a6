-- The way to what cannot be sent begins at the global that leads to it.
local co = coroutine.create(print)
local function refusal(f, ...) return (select(2, pcall(f, ...)):gsub("cannot send value: ", "")) end
cfg = { a = { co } }
print(refusal(thread.spawn, function() return cfg end)) --> global 'cfg'.a[1] is a coroutine
function f() return co end
print(refusal(thread.spawn, function() return f end)) --> upvalue 'co' of global 'f' is a coroutine
class = setmetatable({}, { __index = { co = co } })
print(refusal(thread.spawn, function() return class end)) --> the metatable of global 'class'.__index.co is a coroutine

-- Keys that are no names are shown as Lua would write them, and not in all their length.
local ch = channel.new()
print(refusal(ch.send, ch, { ['q"n\n\\\0' .. "1"] = co })) --> value["q\"n\n\\\0001"] is a coroutine
print(refusal(ch.send, ch, { [("x y "):rep(1000)] = { co } }))
--> value["x y x y x y x y x y x y x y x y x y x y "...][1] is a coroutine
