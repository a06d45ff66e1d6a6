-- warn is off until told otherwise, joins its pieces, and writes to stderr as stock Lua does.
--! stderr: Lua warning: first second
--! stderr: Lua warning: in a coroutine
--! stderr: Lua warning: once more
warn("not shown")
warn("@on")
warn("first ", "second")
coroutine.wrap(function() warn("in a coroutine") end)()
warn("@off")
warn("not shown either")
warn("@unknown")
warn("@on")
warn("once more")
print(pcall(warn)) --> false	bad argument #1 to 'warn' (string expected, got no value)
print(pcall(warn, "a", {})) --> false	bad argument #2 to 'warn' (string expected, got table)
