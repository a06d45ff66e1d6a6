-- The standard library travels by name: the target's own functions and tables, in either direction.
local function same(format, lib, g, insert, wrap, out)
  return format == string.format, lib == math, g == _G, insert == table.insert, wrap == coroutine.wrap, out == print
end
print(thread.spawn(same, string.format, math, _G, table.insert, coroutine.wrap, print):join())
--> true	true	true	true	true	true
print(same(thread.spawn(function() return string.format, math, _G, table.insert, coroutine.wrap, print end):join()))
--> true	true	true	true	true	true

-- As upvalues, in tables, as keys, as the work itself.
local concat, floor = table.concat, math.floor
print(thread.spawn(function() return concat({ 1, 2 }, "+"), floor(2.5), floor == math.floor end):join()) --> 1+2	2	true
print(thread.spawn(function(t) return t[print], t.list[1] == utf8.char, t.list[2](65) end, { [print] = "key", list = { utf8.char, string.char } }):join())
--> key	true	A
print(thread.spawn(string.rep, "ab", 3):join()) --> ababab
print(thread.spawn(math.max, 3, 9, 4):join()) --> 9

-- The methods of strings work there, and a metatable with standard functions in it arrives.
local t = setmetatable({}, { __index = string, __len = rawlen })
print(thread.spawn(function(u) return ("x"):rep(2), u.rep == string.rep, getmetatable(u).__index == string end, t):join()) --> xx	true	true

-- The program's own modules likewise.
print(thread.spawn(function(m, new, s) return m == channel, new == channel.new, s == sleep end, channel, channel.new, sleep):join())
--> true	true	true
local ch = channel.new()
ch:send({ string.format, thread, _G })
local got = ch:recv()
print(got[1] == string.format, got[2] == thread, got[3] == _G) --> true	true	true
