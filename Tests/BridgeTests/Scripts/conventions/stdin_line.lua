-- Standard input is the script's, and reading it leaves the tasks as they were.
--! stdin: hello from the test
local h = task.spawn(function() return "still there" end)
print(io.read("l")) --> hello from the test
print(io.read("l"), h:join()) --> nil	still there
