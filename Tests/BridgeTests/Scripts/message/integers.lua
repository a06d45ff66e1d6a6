-- Integers stay integers and floats stay floats, beyond 2^53 and at both ends.
local values = {
  0, 1, -1, 127, 128, -128, -129, 255, 256, 32767, 32768, 65536, 2 ^ 31 | 0, -(2 ^ 31 | 0), 2 ^ 32 | 0,
  (1 << 53) - 1, 1 << 53, (1 << 53) + 1, -(1 << 53) - 1, math.maxinteger - 1, math.maxinteger,
  math.mininteger, math.mininteger + 1,
}

local function echo(...) return ... end
local back = table.pack(thread.spawn(echo, table.unpack(values)):join())
local in_table = thread.spawn(echo, values):join()
local ch = channel.new()

local same = 0
for i, v in ipairs(values) do
  ch:send(v)
  local r = ch:recv()
  if math.type(back[i]) == "integer" and back[i] == v and math.type(in_table[i]) == "integer"
    and in_table[i] == v and math.type(r) == "integer" and r == v then
    same = same + 1
  end
end
print(same == #values, back.n == #values) --> true	true
print(thread.spawn(echo, 9007199254740993):join()) --> 9007199254740993
print(thread.spawn(echo, math.mininteger):join()) --> -9223372036854775808

-- A float that has an integer's value stays a float.
print(thread.spawn(echo, 3.0, 3, -0.0, 2 ^ 53, 2 ^ 63):join()) --> 3.0	3	-0.0	9.007199254741e+15	9.2233720368548e+18
