-- Standard input is read as in stock Lua, in every format, in coroutines and tasks as well.
--! stdin: first
--! stdin: 12 0x10 -3.5e1
--! stdin: third line
--! stdin: fourth
--! stdin: fifth
print(io.read()) --> first
print(io.read("n", "n", "n")) --> 12	16	-35.0
print(io.read("L") == "\n") --> true
print(coroutine.wrap(function() return io.read("l") end)()) --> third line
print(task.spawn(function() return io.read("L") end):join() == "fourth\n") --> true
for line in io.lines() do print(line) end --> fifth
print(io.read(), #io.read("a"), #io.read("a")) --> nil	0	0
print(io.read(0)) --> nil
