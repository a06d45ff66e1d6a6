-- A table of 100,000 entries travels whole: as a list, as a dictionary, and with a table in each entry.
local n = 100000
local list, dictionary, rows = {}, {}, {}
for i = 1, n do
  list[i] = i
  dictionary["key " .. i] = i
  rows[i] = { id = i, name = "row" }
end

local function measure(a, b, c)
  local sum, keys, ids = 0, 0, 0
  for _, v in ipairs(a) do sum = sum + v end
  for k, v in pairs(b) do
    assert(k == "key " .. v)
    keys = keys + 1
  end
  for i, row in ipairs(c) do
    assert(row.id == i and row.name == "row")
    ids = ids + row.id
  end
  return sum, keys, ids
end

print(thread.spawn(measure, list, dictionary, rows):join()) --> 5000050000	100000	5000050000
print(measure(thread.spawn(function(...) return ... end, list, dictionary, rows):join())) --> 5000050000	100000	5000050000
--! needs speed
