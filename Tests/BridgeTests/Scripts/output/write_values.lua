-- print and io.write show values as stock Lua does, and io.write returns the file.
print(1, 1.0, -0.0, 1e100, nil, true, "a\tb") --> 1	1.0	-0.0	1e+100	nil	true	a	b
io.write(1, " ", 1.5, " ", 2^53, " ", math.maxinteger, "\n") --> 1 1.5 9.007199254741e+15 9223372036854775807
io.write("chained "):write("calls\n") --> chained calls
print(io.write() == io.stdout, io.stdout:write("") == io.stdout) --> true	true
print(setmetatable({}, {__tostring = function() return "via __tostring" end})) --> via __tostring
print((tostring(setmetatable({}, {__name = "my.type"})):gsub("0x%x+", "ADDRESS"))) --> my.type: ADDRESS
print(pcall(print, setmetatable({}, {__tostring = function() return {} end}))) --> false	'__tostring' must return a string
print(pcall(print, setmetatable({}, {__tostring = function() error("in __tostring", 0) end}))) --> false	in __tostring
print(pcall(function() io.write({}) end)) --> false	write_values.lua:10: bad argument #1 to 'write' (string expected, got table)
print(pcall(function() io.write(nil) end)) --> false	write_values.lua:11: bad argument #1 to 'write' (string expected, got nil)
print("embedded\0zero" == "embedded\0zero", #"a\0b") --> true	3
-- A __tostring that waits blocks, but the line comes out whole.
print("before", setmetatable({}, {__tostring = function() sleep(0.001) return "slept" end}), "after") --> before	slept	after
-- print calls tostring of its own, whatever the script has made of the global.
tostring = function() return "replaced" end
print(12) --> 12
--! args: --simulate 1d
