-- Arguments keep their number and places: the tenth, nils in the middle and at the end, two hundred.
local function count(...) return select("#", ...) end
local function echo(...) return ... end

print(thread.spawn(echo, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12):join()) --> 1	2	3	4	5	6	7	8	9	10	11	12
print(thread.spawn(function(...) return (select(10, ...)) end, 1, 2, 3, 4, 5, 6, 7, 8, 9, "tenth"):join()) --> tenth
print(thread.spawn(echo, nil, 1, nil, nil, 2):join()) --> nil	1	nil	nil	2
print(thread.spawn(count):join(), thread.spawn(count, nil):join()) --> 0	1
print(thread.spawn(count, 1, nil):join(), thread.spawn(count, nil, nil, nil):join()) --> 2	3
print(thread.spawn(echo, 1, nil):join()) --> 1	nil
print(count(thread.spawn(echo):join()), count(thread.spawn(echo, nil, nil):join())) --> 0	2

local many = {}
for i = 1, 200 do many[i] = i % 3 > 0 and { i } or nil end
local back = table.pack(thread.spawn(echo, table.unpack(many, 1, 200)):join())
local same = 0
for i = 1, 200 do
  if many[i] == nil and back[i] == nil or back[i] and back[i][1] == i then same = same + 1 end
end
print(back.n, same) --> 200	200

-- The same for tasks, which copy nothing.
print(task.spawn(echo, nil, 1, nil):join()) --> nil	1	nil
print(count(task.spawn(echo, nil, nil):join())) --> 2
