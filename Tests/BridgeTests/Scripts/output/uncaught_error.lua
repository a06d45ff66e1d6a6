-- An uncaught error in the main chunk: status 1, message and traceback on stderr as lua5.4 prints them.
--! status 1
--! stderr: luaconc: uncaught_error.lua:9: boom
--! stderr: stack traceback:
--! stderr: [C]: in function 'error'
--! stderr: uncaught_error.lua:9: in upvalue 'inner'
--! stderr: uncaught_error.lua:10: in local 'outer'
--! stderr: uncaught_error.lua:12: in main chunk
local function inner() error("boom") end
local function outer() inner() end
io.write("what was written before arrives\n") --> what was written before arrives
outer()
print("never")
