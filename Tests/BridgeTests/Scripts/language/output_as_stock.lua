-- print and io.write, as in lua5.4.
print() -->
print(nil, true, 1, -0.0, 1e100, 2^53, 10 // 3, 7 / 2, "a\0b" == "a\0b", math.maxinteger)
--> nil	true	1	-0.0	1e+100	9.007199254741e+15	3	3.5	true	9223372036854775807
print(setmetatable({}, { __tostring = function() return "object" end }), setmetatable({}, { __name = "Named" }) ~= nil)
--> object	true
print((tostring(setmetatable({}, { __name = "Named" })):match("^Named: "))) --> Named:
print(pcall(print, setmetatable({}, { __tostring = function() return 1 end })))
--> 1
--> true
print(pcall(print, setmetatable({}, { __tostring = function() error("no text", 0) end }))) --> false	no text
print(select("#", print("results")))
--> results
--> 0
print(io.write("written ", 1, " ", 2.5, " ", -3, "\n") == io.stdout)
--> written 1 2.5 -3
--> true
print(io.stdout:write("by method\n") == io.stdout)
--> by method
--> true
print(pcall(io.write, nil)) --> false	bad argument #1 to 'io.write' (string expected, got nil)
print(pcall(io.write, true)) --> false	bad argument #1 to 'io.write' (string expected, got boolean)
print(pcall(io.write, "part ", {})) --> part false	bad argument #2 to 'io.write' (string expected, got table)
print(io.type(io.stdout), io.type(42), tostring(io.stdout):match("^file %(") ~= nil) --> file	nil	true
local name = os.tmpname()
local f = assert(io.open(name, "w"))
print(f:write("one\n", 2, "\n", 3.5, "\n") == f, f:seek("cur"), f:setvbuf("full", 1024)) --> true	10	true
print(f:close(), io.type(f), pcall(f.write, f, "x")) --> true	closed file	false	attempt to use a closed file
print(tostring(f)) --> file (closed)
io.output(name)
print(io.output() ~= io.stdout, io.write("by io.write\n") == io.output(), io.close()) --> true	true	true
print(pcall(io.write, "closed")) --> false	default output file is closed
io.output(io.stdout)
for line in io.lines(name) do print(line) end --> by io.write
f = io.open(name)
print(f:read("l", "a", "a", "l")) --> by io.write			nil
print(f:write("x")) --> nil	Bad file descriptor	9
f:close()
os.remove(name)
print((select(2, io.open(name)):gsub(name, "NAME"))) --> NAME: No such file or directory
print((select(2, pcall(io.lines, name)):gsub(name, "NAME"))) --> cannot open file 'NAME' (No such file or directory)
print(pcall(io.open, name, "wrong mode")) --> false	bad argument #2 to 'io.open' (invalid mode)
