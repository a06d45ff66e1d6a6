-- Errors and values pass through table.sort, string.gsub, load and require callbacks as in stock Lua.
local list = {3, 1, 2}
table.sort(list, function(a, b) return a > b end)
print(table.concat(list, " ")) --> 3 2 1
print(pcall(table.sort, {1, 2, 3}, function() error("in comparator", 0) end)) --> false	in comparator
print(pcall(table.sort, {3, 1, 4, 1, 5, 9, 2, 6}, function() return true end))
--> false	invalid order function for sorting
print(("abc"):gsub("%w", function(c) return c == "b" and c:upper() or nil end)) --> aBc	3
print(pcall(string.gsub, "abc", "%w", function() error({}) end) == false) --> true
print(pcall(string.gsub, "abc", "%w", function() return {} end)) --> false	invalid replacement value (a table)
print(("x"):gsub("x", function() return (select(2, pcall(error, "caught", 0))) end)) --> caught	1

local coroutines = {}
table.sort({2, 1}, function(a, b)
  coroutines[#coroutines + 1] = coroutine.wrap(function() coroutine.yield(a) coroutine.yield(b) end)
  return a < b
end)
print(coroutines[1](), coroutines[1]()) --> 1	2

package.preload.inner = function(name, extra) return {name = name, extra = extra} end
local module, extra = require("inner")
print(module.name, module.extra, extra) --> inner	:preload:	:preload:
print(require("inner") == module) --> true
package.preload.failing = function() error("no luck", 0) end
print(pcall(require, "failing")) --> false	no luck
print(pcall(require, "no.such.module") == false) --> true
print(tostring(setmetatable({}, {__tostring = function() return "via metamethod" end}))) --> via metamethod
print(pcall(tostring, setmetatable({}, {__tostring = function() return {} end})))
--> false	'__tostring' must return a string
