-- A thread gets its arguments and gives its results as copies: nils, many values, integers and strings exactly.
local function echo(...) return ... end
print(select("#", thread.spawn(echo):join())) --> 0
print(thread.spawn(echo, nil, 2, nil):join()) --> nil	2	nil
print(thread.spawn(echo, 1, 1.0, -0.0, true, false, "text"):join()) --> 1	1.0	-0.0	true	false	text
print(thread.spawn(echo, math.maxinteger, math.mininteger, 2^53, (1 << 53) + 1):join())
--> 9223372036854775807	-9223372036854775808	9.007199254741e+15	9007199254740993
print(thread.spawn(echo, "a\0b\xff\n"):join() == "a\0b\xff\n") --> true

local many = {}
for i = 1, 250 do many[i] = i end
print(select("#", thread.spawn(echo, table.unpack(many)):join())) --> 250
print((select(10, thread.spawn(echo, table.unpack(many)):join()))) --> 10
print(thread.spawn(function(...) return select("#", ...) end, nil, nil, nil):join()) --> 3

local object = {list = {1, 2, 3}, [2.5] = "float key"}
object.me = object
local copy = thread.spawn(echo, object):join()
print(copy ~= object, copy.me == copy, copy.list[3], copy[2.5]) --> true	true	3	float key
print(thread.spawn(string.rep, "ab", 3):join()) --> ababab
