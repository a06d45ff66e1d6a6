-- A thread can run a file: the arguments are its `...`, what it returns is the result.
print(thread.spawn("adder.lua", 1, 2, 39):join()) --> 42	3
print(thread.spawn({ name = "adder" }, "adder.lua"):join()) --> 0	0
print(thread.spawn("./adder.lua", 0.5):join()) --> 0.5	1

-- Each run has a state of its own.
local a, b = thread.spawn("adder.lua", 1), thread.spawn("adder.lua", 2)
print((a:join()), (b:join())) --> 1	2

-- A file that does not exist, or does not compile, is an error that names it, at the latest in join.
for _, file in ipairs { "no_such_file.lua", "broken.txt" } do
  local ok, e = pcall(function()
    thread.spawn({ on_error = function() end }, file):join()
  end)
  print(ok, tostring(e):find(file, 1, true) ~= nil)
end
--> false	true
--> false	true
