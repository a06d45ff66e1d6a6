-- Keys of every kind arrive: tables, functions, floats, booleans, handles, integers at both ends.
local k1, k2 = { "k1" }, {}
local ch = channel.new()
local function double(x) return 2 * x end
local t = {
  [k1] = "table", [double] = "function", [1.5] = "float", [true] = "boolean", [ch] = "channel",
  [math.mininteger] = "least", [math.maxinteger] = "most", [2 ^ 53] = "normalised", ["1"] = "string", [1] = "integer",
  [-1] = "negative", [0] = "zero", [1 / 0] = "infinity", [string.format] = "by name", [""] = "empty",
}
t[k2] = k1
t.k1, t.k2, t.double, t.ch = k1, k2, double, ch

local function check(u)
  local n = 0
  for _ in pairs(u) do n = n + 1 end
  print(u[u.k1], u[u.double], u[1.5], u[true], u[math.mininteger], u[math.maxinteger])
  print(u[1 << 53], u["1"], u[1], u[-1], u[0], u[1 / 0], u[string.format], u[""])
  print(u[u.k2] == u.k1, u.k1[1], u.double(21), n)
end

check(t)
--> table	function	float	boolean	least	most
--> normalised	string	integer	negative	zero	infinity	by name	empty
--> true	k1	42	20
thread.spawn(check, t):join()
--> table	function	float	boolean	least	most
--> normalised	string	integer	negative	zero	infinity	by name	empty
--> true	k1	42	20
check(thread.spawn(function(u) return u end, t):join())
--> table	function	float	boolean	least	most
--> normalised	string	integer	negative	zero	infinity	by name	empty
--> true	k1	42	20

-- A nested key is a table with a table as its key.
local deep = { [{ [{ "inner" }] = "middle" }] = "outer" }
print(thread.spawn(function(d)
  local key, outer = next(d)
  local inner, middle = next(key)
  return inner[1], middle, outer
end, deep):join()) --> inner	middle	outer
