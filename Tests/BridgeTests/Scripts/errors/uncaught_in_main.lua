-- An uncaught error in the main chunk ends the program with status 1, as lua5.4 prints it.
--! status 1
--! stderr: uncaught_in_main.lua:7: boom
--! stderr: stack traceback:
--! stderr: uncaught_in_main.lua:7: in

local function fails() error("boom") end
print("before") --> before
fails()
print("after")
