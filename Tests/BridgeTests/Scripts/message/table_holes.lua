-- Tables with holes, negative and sparse indices keep every entry and invent none.
local function dump(t)
  local keys = {}
  for k in pairs(t) do keys[#keys + 1] = k end
  table.sort(keys)
  local parts = {}
  for _, k in ipairs(keys) do parts[#parts + 1] = k .. "=" .. tostring(t[k]) end
  return "[" .. table.concat(parts, " ") .. "]"
end

local function echo(t) return t end
for _, t in ipairs {
  {}, { nil, 2 }, { 1, nil, 3 }, { [-5] = "a", [0] = "b", [1000000] = "c" }, { [3] = 3, [1 << 40] = 4 },
  { nil, nil, nil, 4, [10] = false },
} do
  local there, ch = thread.spawn(dump, t):join(), channel.new()
  ch:send(t)
  print(there == dump(t), dump(thread.spawn(echo, t):join()) == there, dump(ch:recv()))
end
--> true	true	[]
--> true	true	[2=2]
--> true	true	[1=1 3=3]
--> true	true	[-5=a 0=b 1000000=c]
--> true	true	[3=3 1099511627776=4]
--> true	true	[4=4 10=false]

-- The length of a sequence is its length, also after it has shrunk.
local list = {}
for i = 1, 1000 do list[i] = i end
for i = 1000, 11, -1 do list[i] = nil end
print(#thread.spawn(echo, list):join(), #echo(list)) --> 10	10
