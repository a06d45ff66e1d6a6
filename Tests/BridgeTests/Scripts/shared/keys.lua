-- Keys are booleans, numbers and strings, told apart as in a table.
local m = shared.map()
m:set(1, "integer") m:set("1", "string") m:set(true, "true") m:set(false, "false") m:set(1.5, "float")
print(m:get(1), m:get(1.0), m:get("1"), m:get(true), m:get(false), m:get(1.5))
--> integer	integer	string	true	false	float
m:set(2.0, "two")
for _, k in ipairs(m:keys()) do if k == 2 then print(math.type(k)) end end --> integer
m:set(-0.0, "zero")
print(m:get(0)) --> zero
m:set("a\0b", 1) m:set("a\0c", 2) m:set("", 3)
print(m:get("a\0b"), m:get("a\0c"), m:get(""), m:get("a")) --> 1	2	3	nil
m:set(math.huge, "inf") m:set(2^63, "big") m:set(math.mininteger, "min")
print(m:get(math.huge), m:get(2^63), m:get(-2^63), #m) --> inf	big	min	13

for _, f in ipairs {m.get, m.set, m.incr, m.cas, m.update, m.delete} do
  print(pcall(f, m, 0 / 0, 1, 2))
end
--> false	bad argument #2 to 'get' (key is NaN)
--> false	bad argument #2 to 'set' (key is NaN)
--> false	bad argument #2 to 'incr' (key is NaN)
--> false	bad argument #2 to 'cas' (key is NaN)
--> false	bad argument #2 to 'update' (key is NaN)
--> false	bad argument #2 to 'delete' (key is NaN)
for _, key in ipairs {{}, print, m, coroutine.create(print)} do print(pcall(m.set, m, key, 1)) end
--> false	bad argument #2 to 'set' (boolean, number or string expected, got table)
--> false	bad argument #2 to 'set' (boolean, number or string expected, got function)
--> false	bad argument #2 to 'set' (boolean, number or string expected, got map)
--> false	bad argument #2 to 'set' (boolean, number or string expected, got thread)
print(pcall(m.get, m)) --> false	bad argument #2 to 'get' (boolean, number or string expected, got no value)
print(pcall(function() m:get(nil) end)) --> false	keys.lua:30: bad argument #1 to 'get' (boolean, number or string expected, got nil)
print(pcall(m.set, m, 1)) --> false	bad argument #3 to 'set' (value expected, got no value)
print(pcall(m.get, {}, 1)) --> false	bad argument #1 to 'get' (map expected, got table)

-- Many keys, with others between them that go.
local many = shared.map()
for i = 1, 20000 do many:set(i, i) many:set("k" .. i, i) end
for i = 1, 20000, 2 do many:delete(i) many:set("k" .. i, nil) end
local sum = 0
for k, v in pairs(many) do
  assert(k == v or k == "k" .. v)
  sum = sum + v
end
print(#many, #many:keys(), sum) --> 20000	20000	200020000
