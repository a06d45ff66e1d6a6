-- debug.traceback tells what stock Lua tells: in the main chunk, in functions, in coroutines, with levels.
print(debug.traceback("here"))
--> here
--> stack traceback:
--> 	traceback_text.lua:2: in main chunk
--> 	[C]: in ?
local function inner(...) return (debug.traceback(...)) end
local function outer(...) return (inner(...)) end
print(outer("message", 1))
--> message
--> stack traceback:
--> 	traceback_text.lua:7: in upvalue 'inner'
--> 	traceback_text.lua:8: in local 'outer'
--> 	traceback_text.lua:9: in main chunk
--> 	[C]: in ?
print(outer(nil, 3))
--> stack traceback:
--> 	traceback_text.lua:16: in main chunk
--> 	[C]: in ?
print(debug.traceback({}) ~= nil, debug.traceback(12):match("^12\n") ~= nil) --> true	true

local co = coroutine.create(function() coroutine.yield(outer("inside", 1)) end)
print(select(2, coroutine.resume(co)))
--> inside
--> stack traceback:
--> 	traceback_text.lua:7: in upvalue 'inner'
--> 	traceback_text.lua:8: in upvalue 'outer'
--> 	traceback_text.lua:22: in function <traceback_text.lua:22>
print(debug.traceback(co, "suspended"))
--> suspended
--> stack traceback:
--> 	[C]: in function 'coroutine.yield'
--> 	traceback_text.lua:22: in function <traceback_text.lua:22>
print(debug.traceback(coroutine.running(), "self", 0):match("^self\nstack traceback:\n\t%[C%]: in ") ~= nil) --> true

-- The main chunk is called from C, and nothing is above that.
local level = 1
while debug.getinfo(level, "S") do level = level + 1 end
print(level - 1, debug.getinfo(1, "S").what, debug.getinfo(2, "S").what) --> 2	main	C
print(xpcall(error, debug.traceback, "in xpcall"))
--> false	in xpcall
--> stack traceback:
--> 	[C]: in function 'error'
--> 	[C]: in function 'xpcall'
--> 	traceback_text.lua:40: in main chunk
--> 	[C]: in ?
