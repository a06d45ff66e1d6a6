-- An unobserved error with a value that is no string is printed too, by its __tostring if it has one.
--! status 1
--! stderr: failure 42
--! stderr: spawned at unobserved_table.lua:7

local Failure = { __tostring = function(self) return "failure " .. self.code end }
task.spawn(function() error(setmetatable({ code = 42 }, Failure)) end)
print("main") --> main
