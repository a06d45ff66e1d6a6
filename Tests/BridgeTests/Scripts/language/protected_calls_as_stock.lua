-- pcall, xpcall, error and assert, as in lua5.4.
print(pcall(function(...) return select("#", ...), ... end, nil, 2, nil)) --> true	3	nil	2	nil
print(pcall(error)) --> false	nil
print(pcall(error, nil)) --> false	nil
print(pcall(error, "level 0", 0)) --> false	level 0
print(pcall(error, "level 1", 1)) --> false	level 1
print(pcall(function() error("here") end)) --> false	protected_calls_as_stock.lua:7: here
print(pcall(function() error("there", 2) end)) --> false	there
print(pcall(function() error(setmetatable({}, { __tostring = function() return "shown" end })) end)) --> false	shown
print(pcall(pcall)) --> false	bad argument #1 to 'pcall' (value expected)
print(pcall(pcall, error, "twice", 0)) --> true	false	twice
print(pcall(nil)) --> false	attempt to call a nil value
print(pcall({})) --> false	attempt to call a table value
print(pcall(setmetatable({}, { __call = function(_, a) return "called", a end }), 1)) --> true	called	1
print(pcall(assert, false)) --> false	assertion failed!
print(pcall(assert, nil, "message")) --> false	message
print(pcall(assert, false, { 1 }) == false) --> true
print(pcall(assert)) --> false	bad argument #1 to 'assert' (value expected)
print(select("#", assert(1, nil, nil))) --> 3

-- xpcall's handler runs where the error is; its own errors go to it again.
print(xpcall(function() error("a", 0) end, function(m) return m .. "b", "dropped" end)) --> false	ab
print(xpcall(function(...) return ... end, print, 1, nil, 3)) --> true	1	nil	3
print(xpcall(function() local t = nil; t.x = 1 end, function(m) return m:match("attempt.*") end))
--> false	attempt to index a nil value (local 't')
print(xpcall(function() error("deep", 0) end, function(m) return (debug.traceback(m, 1):match("^deep\nstack traceback:\n")) ~= nil end))
--> false	true
local depth = 0
print(xpcall(error, function(m) depth = depth + 1 if depth < 5 then error("again", 0) end return "handled " .. depth end, "first"))
--> false	handled 5
print(pcall(xpcall, print, nil)) --> false	bad argument #2 to 'xpcall' (function expected, got nil)
print((xpcall(function() local function r() return 1 + r() end return r() end, function(m) return m end))) --> false
print(select(2, pcall(function() local function r() return 1 + r() end return r() end)):match("stack overflow"))
--> stack overflow
print(select(2, pcall(string.rep, "x", -1)) == "") --> true
print(pcall(string.rep)) --> false	bad argument #1 to 'string.rep' (string expected, got no value)
print(pcall(string.char, 256)) --> false	bad argument #1 to 'string.char' (value out of range)
print(pcall(setmetatable, 1, {})) --> false	bad argument #1 to 'setmetatable' (table expected, got number)
print(pcall(setmetatable, setmetatable({}, { __metatable = 1 }), {})) --> false	cannot change a protected metatable
print(pcall(next, {}, "no such key")) --> false	invalid key to 'next'
print(pcall(ipairs)) --> false	bad argument #1 to 'ipairs' (value expected)
print(pcall(select, 0)) --> false	bad argument #1 to 'select' (index out of range)
print(pcall(rawset, {}, nil, 1)) --> false	table index is nil
print(pcall(rawlen, 5)) --> false	bad argument #1 to 'rawlen' (table or string expected, got number)
print(pcall(tonumber, "z", 99)) --> false	bad argument #2 to 'tonumber' (base out of range)
print(pcall(tostring)) --> false	bad argument #1 to 'tostring' (value expected)
print(pcall(collectgarbage, "nothing")) --> false	bad argument #1 to 'collectgarbage' (invalid option 'nothing')

-- goto continue of closing variables over pcall.
local log = {}
local function closing(name) return setmetatable({}, { __close = function(_, e) log[#log + 1] = name .. ":" .. tostring(e) end }) end
print(pcall(function() --> false	boom
  local a <close> = closing("a")
  local b <close> = closing("b")
  error("boom", 0)
end))
print(table.concat(log, " ")) --> b:boom a:boom
print(pcall(function() local x <close> = 42 end))
--> false	protected_calls_as_stock.lua:58: variable 'x' got a non-closable value
print(pcall(load, "local x <const> = 1; x = 2"))
--> true	nil	[string "local x <const> = 1; x = 2"]:1: attempt to assign to const variable 'x'
print(load("local x <const> = 1; x = 2", "=chunk")) --> nil	chunk:1: attempt to assign to const variable 'x'
