-- Booleans and nil travel by value, as arguments, as results and in upvalues.
local nothing, yes, no = nil, true, false
print(thread.spawn(function(a, b, c) return a, b, c, nothing, yes, no end, nil, true, false):join())
--> nil	true	false	nil	true	false
local t = thread.spawn(function(t) return t end, { [true] = false, [false] = true, on = true, off = false }):join()
print(t[true], t[false], t.on, t.off) --> false	true	true	false

local ch = channel.new()
ch:send(false)
ch:send(true)
print(ch:recv(), ch:recv()) --> false	true
