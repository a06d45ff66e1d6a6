-- Error objects can be put together with strings and numbers: they count as what tostring gives for them.
local h = task.spawn({ name = "dum" }, function() error("boom", 0) end)
local _, e = pcall(h.join, h)
print((("msg: " .. e):match("[^\n]*"))) --> msg: task 'dum': boom
print(e .. "" == tostring(e), 1 .. e == "1" .. tostring(e), e .. 2.5 == tostring(e) .. "2.5") --> true	true	true
print(e .. e == tostring(e):rep(2), "a" .. e .. "b" == "a" .. tostring(e) .. "b") --> true	true
print(pcall(function() return e .. nil end)) --> false	error_concat.lua:7: attempt to concatenate a nil value
print(pcall(function() return {} .. e end)) --> false	error_concat.lua:8: attempt to concatenate a table value
print(e .. setmetatable({}, { __concat = function(a, b) return type(a) .. " " .. type(b) end })) --> string table
print(thread.spawn(function(e) return ("in a thread: " .. e):match("[^\n]*") end, e):join()) --> in a thread: task 'dum': boom
