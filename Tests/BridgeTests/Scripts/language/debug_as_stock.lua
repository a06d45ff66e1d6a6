-- debug, as in lua5.4, in the main chunk, in coroutines and below protected calls.
local function info(level, what) return debug.getinfo(level + 1, what) end
print(info(1, "l").currentline, info(1, "S").short_src, info(1, "S").what) --> 3	debug_as_stock.lua	main
print(debug.getinfo(print).what, debug.getinfo(print).short_src, debug.getinfo(pcall).what, debug.getinfo(coroutine.resume).what)
--> C	[C]	C	C
local function named(a, b, ...) local c = 5 return debug.getinfo(1, "nutSf"), debug.getlocal(1, 1) end
local i, name, value = named("x", "y")
print(i.name, i.namewhat, i.nparams, i.isvararg, i.istailcall, i.linedefined, name, value) --> named	local	2	true	false	6	a	x
print(debug.getlocal(named, 1), debug.getlocal(named, 2), debug.getlocal(named, 3)) --> a	b	nil
print(debug.getinfo(100), pcall(debug.getinfo, 1, "X")) --> nil	false	bad argument #2 to 'debug.getinfo' (invalid option)
print(debug.traceback("message", 1):match("^message\nstack traceback:\n\t") ~= nil) --> true
print(debug.traceback({}) ~= nil, debug.traceback(nil) ~= nil, type(debug.traceback({}))) --> true	true	table
local co = coroutine.create(function(a) local inside = a coroutine.yield() end)
coroutine.resume(co, "arg")
print(debug.traceback(co))
--> stack traceback:
--> 	[C]: in function 'coroutine.yield'
--> 	debug_as_stock.lua:13: in function <debug_as_stock.lua:13>
print(debug.traceback(co, "of another"))
--> of another
--> stack traceback:
--> 	[C]: in function 'coroutine.yield'
--> 	debug_as_stock.lua:13: in function <debug_as_stock.lua:13>
print(debug.traceback(co, nil, 1))
--> stack traceback:
--> 	debug_as_stock.lua:13: in function <debug_as_stock.lua:13>
print(debug.getinfo(co, 1, "l").currentline, debug.getlocal(co, 1, 1)) --> 13	a	arg
print(debug.setlocal(co, 1, 2, "changed"), debug.getlocal(co, 1, 2)) --> inside	inside	changed

local up1, up2 = 1, 2
local function closure() return up1, up2 end
print(debug.getupvalue(closure, 1), debug.setupvalue(closure, 2, 20), up2) --> up1	up2	20
local function other() return up2 end
print(debug.upvalueid(closure, 2) == debug.upvalueid(other, 1)) --> true
debug.upvaluejoin(closure, 1, other, 1)
print(closure()) --> 20	20
print(debug.getmetatable("").__index == string, debug.getregistry() ~= nil, debug.getuservalue(io.stdout, 1)) --> true	true	nil
print(pcall(debug.setmetatable, 1, 5)) --> false	bad argument #2 to 'debug.setmetatable' (nil or table expected, got number)
print(debug.setmetatable(nil, { __index = function(_, k) return k .. " of nil" end }), (nil).field) --> nil	field of nil
debug.setmetatable(nil, nil)

local lines = {}
debug.sethook(function(event, line) lines[#lines + 1] = event:sub(1, 1) .. line end, "l")
local x = 1
x = x + 1
debug.sethook()
print(table.concat(lines, " ")) --> l44 l45 l46
local calls = 0
debug.sethook(function(event) calls = calls + 1 end, "cr")
pcall(pcall, math.abs, 1)
debug.sethook()
print(calls, debug.gethook()) --> 8	nil
local count = 0
debug.sethook(function() count = count + 1 end, "", 100)
for _ = 1, 10000 do end
debug.sethook()
print(count > 10) --> true
print(pcall(function() --> false	from hook
  debug.sethook(function() debug.sethook() error("from hook", 0) end, "", 1)
  for _ = 1, 1e9 do end
end))
print(select("#", debug.gethook()), debug.gethook(co)) --> 1	nil
