-- A map of values that can be sent. What comes out is a copy of what went in.
local m = shared.map()
print((tostring(m):gsub("map: %d+", "map: N")), #m) --> map: N (0 keys)	0
m:set("list", {1, 2, {3}})
local a, b = m:get("list"), m:get("list")
print(a ~= b, a[3][1]) --> true	3
a[1] = "changed"
print(m:get("list")[1]) --> 1
print((tostring(m):gsub("map: %d+", "map: N"))) --> map: N (1 key)

-- Every value that can be sent; integers stay integers, strings keep their zeros.
local ch, long = channel.new(), string.rep("x", 3 << 20)
for i, v in ipairs {false, true, 7, 7.0, -0.0, math.huge, "", "a\0b", long} do
  m:set(i, v)
  local w = m:get(i)
  io.write(tostring(w == v and math.type(w) == math.type(v)), " ")
end
print() --> true true true true true true true true true
m:set("channel", ch)
m:set("self", m)
m:set("fn", function(x) return x * 2, ch end)
m:set("class", setmetatable({1}, {__index = {two = 2}}))
print(m:get("channel") == ch, m:get("self") == m, m:get("fn")(4), m:get("class").two) --> true	true	8	2
print(select(2, m:get("fn")(1)) == ch) --> true
m:delete("self")

-- What is not there is nil, or the default.
print(m:get("nothing"), m:get("nothing", "default"), m:get(1, "default"), select("#", m:get("nothing")))
--> nil	default	false	1

-- nil deletes, as in a table.
m:set("list", nil)
print(m:get("list"), m:delete("list"), m:delete("fn"), m:delete("fn")) --> nil	false	true	false
