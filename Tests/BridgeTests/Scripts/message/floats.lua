-- Floats arrive bit by bit: negative zero, NaN, infinities, the smallest and the largest.
local values = {
  0.1, -0.1, 1 / 3, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, math.pi, 1e15 + 0.5,
  0.0, -0.0, 1 / 0, -1 / 0, 3.0, 2.0 ^ 53, 2.0 ^ 63, -2.0 ^ 63,
}
local function bits(v) return string.pack("<d", v) end

local function echo(...) return ... end
local back = table.pack(thread.spawn(echo, table.unpack(values)):join())
local in_table = thread.spawn(echo, values):join()
local same = 0
for i, v in ipairs(values) do
  if math.type(back[i]) == "float" and bits(back[i]) == bits(v)
    and math.type(in_table[i]) == "float" and bits(in_table[i]) == bits(v) then
    same = same + 1
  else
    print("differs", v, back[i], in_table[i])
  end
end
print(same == #values) --> true

local nan, list = thread.spawn(echo, 0 / 0, { 0 / 0, x = -(0 / 0) }):join()
print(nan ~= nan, math.type(nan), list[1] ~= list[1], list.x ~= list.x) --> true	float	true	true
print(1 / thread.spawn(echo, -0.0):join(), 1 / thread.spawn(echo, 0.0):join()) --> -inf	inf

local ch = channel.new()
for _, v in ipairs { -0.0, 1 / 0, 0.1 + 0.2 } do ch:send(v) end
print(1 / ch:recv(), ch:recv(), ch:recv() == 0.1 + 0.2) --> -inf	inf	true
