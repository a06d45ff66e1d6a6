-- goto, varargs, integer loops, closures in loops and tail calls work as in stock Lua.
for i = 1, 4 do
  if i % 2 == 0 then goto continue end
  io.write(i, " ")
  ::continue::
end
print() --> 1 3
local fns = {}
for i = 1, 3 do fns[i] = function() i = i + 1 return i end end
print(fns[1](), fns[1](), fns[2]()) --> 2	3	3
local function count(n) if n == 0 then return "tail" end return count(n - 1) end
print(count(1000000)) --> tail
print(select("#", ...), ...) --> 0
print(select("#", table.unpack({}, 1, 100)), select(-1, 1, 2, 3)) --> 100	3
print((function(...) return select("#", ...) end)(nil, nil)) --> 2
print(pcall(select, 0)) --> false	bad argument #1 to 'select' (index out of range)
local t <const> = {10, 20, 30, nil}
print(#t, next({}), rawlen(t), table.concat(t, "-")) --> 3	nil	3	10-20-30
print(load("return ...", "chunk", "t", {})(5)) --> 5
print(load("x =")) --> nil	[string "x ="]:1: unexpected symbol near <eof>
print(pcall(load, function() error("reader", 0) end)) --> true	nil	reader
print(arg[0], #arg, arg[-1] ~= nil) --> goto_and_varargs.lua	0	true
print(_VERSION, _G._G == _G, _ENV == _G) --> Lua 5.4	true	true
