-- Arguments reach a task and results reach its joiner unchanged: nils, many values, and tables themselves, not copies.
local function echo(...) return ... end
print(select("#", task.spawn(echo):join())) --> 0
print(select("#", task.spawn(echo, nil):join())) --> 1
print(task.spawn(echo, nil, 2, nil):join()) --> nil	2	nil
print(task.spawn(echo, false, 1, 1.0, "a\0b" == "a\0b"):join()) --> false	1	1.0	true

local object = {}
print(task.spawn(echo, object):join() == object) --> true
local co = coroutine.create(print)
print(task.spawn(echo, co, io.stdout):join() == co) --> true

local many = {}
for i = 1, 250 do many[i] = i end
print(select("#", task.spawn(echo, table.unpack(many)):join())) --> 250
print((select(10, task.spawn(echo, table.unpack(many)):join()))) --> 10

-- A task of the same state shares variables with its spawner.
local shared = 1
task.spawn(function() shared = shared + 1 end):join()
print(shared) --> 2
print(task.spawn(string.rep, "ab", 3):join()) --> ababab
