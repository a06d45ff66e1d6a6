-- What os.execute and io.popen start has the three standard streams and no other descriptor; results are stock Lua's.
local file <close> = assert(io.open("shells.lua"))
local pipe = assert(io.popen("sleep 0.01"))
local temporary <close> = io.tmpfile()
local list = "for d in /proc/self/fd/*; do d=${d##*/}; [ -e /proc/$$/fd/$d ] && echo $d; done"
io.stdout:flush()
os.execute(list)
--> 0
--> 1
--> 2
print((io.popen(list):read("a"):gsub("\n", ";"))) --> 0;1;2;
print(pipe:close()) --> true	exit	0

print(os.execute()) --> true
print(os.execute("true")) --> true	exit	0
print(os.execute("exit 3")) --> nil	exit	3
print(os.execute("kill -9 $$")) --> nil	signal	9
print(io.popen("exit 4"):close()) --> nil	exit	4
print(io.popen("kill -15 $$"):close()) --> nil	signal	15

local f = io.popen("cat; exit 5", "w")
print(io.type(f), tostring(f):match("^file %(")) --> file	file (
f:write("through cat\n")
print(f:close()) --> through cat
--> nil	exit	5
print(io.type(f), tostring(f)) --> closed file	file (closed)
for line in io.popen("echo one; echo two"):lines() do print(line) end
--> one
--> two
print(pcall(io.popen, "true", "rw")) --> false	bad argument #2 to 'io.popen' (invalid mode)
print(pcall(io.popen)) --> false	bad argument #1 to 'io.popen' (string expected, got no value)
print(pcall(os.execute, {})) --> false	bad argument #1 to 'os.execute' (string expected, got table)
