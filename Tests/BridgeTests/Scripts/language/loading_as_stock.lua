-- load, loadstring's ways, require, dofile and loadfile, as in lua5.4.
print(load("return 1 + 1")()) --> 2
print(load("syntax error here", "=name")) --> nil	name:1: syntax error near 'error'
print(load("return ...", "@file.lua", "t")(7, 8)) --> 7	8
print(load("return x", "x", "t", { x = "own environment" })()) --> own environment
print(load(string.dump(function() return "binary" end), "b", "b")()) --> binary
print(load(string.dump(print == nil and print or function() end), "name", "t"))
--> nil	attempt to load a binary chunk (mode is 't')
print(load("return 1", "=text", "b")) --> nil	attempt to load a text chunk (mode is 'b')
local parts = { "return ", "'in ", "parts'" }
local i = 0
print(load(function() i = i + 1 return parts[i] end)()) --> in parts
print(load(function() return {} end))
--> nil	loading_as_stock.lua:13: reader function must return a string
--> stack traceback:
--> 	[C]: in function 'load'
--> 	loading_as_stock.lua:13: in main chunk
--> 	[C]: in ?
print(load(function() error("reader", 0) end))
--> nil	reader
--> stack traceback:
--> 	[C]: in function 'error'
--> 	loading_as_stock.lua:19: in function <loading_as_stock.lua:19>
--> 	[C]: in function 'load'
--> 	loading_as_stock.lua:19: in main chunk
--> 	[C]: in ?
print(load(function() return nil end)()) -->
print(pcall(load, 5)) --> true	nil	[string "5"]:1: unexpected symbol near '5'
print(pcall(load, {})) --> false	bad argument #1 to 'load' (function expected, got table)
print(load("error('at a line')", "=chunk") ~= nil, pcall(load("error('at a line')", "=chunk")))
--> true	false	chunk:1: at a line
print(pcall(load("\n\nlocal x = nil; x.y = 1", "@file.lua"))) --> false	file.lua:3: attempt to index a nil value (local 'x')
print(pcall(load("return 1", ("long "):rep(40) .. "\nsecond line") and load("error('x')", ("long "):rep(40))))
--> false	[string "long long long long long long long long long ..."]:1: x
print(pcall(load("error('x')", "first\nsecond"))) --> false	[string "first..."]:1: x

print(pcall(require, "no.such.module") == false) --> true
print((select(2, pcall(require, "no.such.module")):gsub("\n.*", ""))) --> module 'no.such.module' not found:
package.preload["made.here"] = function(...) return { args = { ... } } end
local made, extra = require "made.here"
print(made.args[1], made.args[2], extra, require "made.here" == made, package.loaded["made.here"] == made)
--> made.here	:preload:	:preload:	true	true
package.preload["gives nothing"] = function() end
print(require "gives nothing", package.loaded["gives nothing"]) --> true	true
package.preload["sets itself"] = function(name) package.loaded[name] = "set" end
print((require "sets itself")) --> set
package.preload["gives false"] = function() return false end
print(require "gives false", package.loaded["gives false"]) --> false	false
package.preload["fails"] = function() error("in module", 0) end
print(pcall(require, "fails")) --> false	in module
print(package.loaded.fails, #package.searchers, type(package.searchpath), package.config:sub(1, 1)) --> nil	4	function	/
print(package.searchpath("no.such", "./?.lua;./?/init.lua"))
--> nil	no file './no/such.lua'
--> 	no file './no/such/init.lua'
table.insert(package.searchers, 2, function(name) if name == "found" then return function(n, x) return n .. x end, "!" end return "\n\tnot by mine" end)
print(require "found") --> found!	!
print(select(2, pcall(require, "missing")):find("not by mine", 1, true) ~= nil) --> true

local name = os.tmpname()
local f = io.open(name, "w")
f:write("#!/usr/bin/lua\nlocal a = ...\nreturn 'from file', a")
f:close()
print(dofile(name)) --> from file	nil
print(loadfile(name)(3)) --> from file	3
print(loadfile(name, "b") == nil) --> true
print((select(2, loadfile("no such file")))) --> cannot open no such file: No such file or directory
print(pcall(dofile, "no such file")) --> false	cannot open no such file: No such file or directory
os.remove(name)

print(_VERSION, _G._G == _G, type(arg), arg[0] ~= nil) --> Lua 5.4	true	table	true
print(pcall(load("goto nowhere", "=g") or error, "goto")) --> false	goto
print(load("goto nowhere", "=g")) --> nil	g:1: no visible label 'nowhere' for <goto> at line 1
print(load("::a:: ::a::", "=g")) --> nil	g:1: label 'a' already defined on line 1
print(load("break", "=g")) --> nil	g:1: break outside loop at line 1
print(load("local x <close> = nil return 1", "=g")()) --> 1
print(load("return '\\u{48}\\x49\\z   J\\065'", "=g")()) --> HIJA
print(load("return 0x1p4, 0xA, 1e2, 3 // 0.0, -7 // 2, -7 % 3, 7 & 3 | 8 ~ 1 << 2", "=g")()) --> 16.0	10	100.0	inf	-4	2	15
