-- An uncaught error in the main chunk runs its close handlers, which get the message that will be printed.
--! status 1
--! stderr: luaconc: main_error_closes.lua:11: boom
--! stderr: stack traceback:
--! stderr: main_error_closes.lua:11: in main chunk
local guard <close> = setmetatable({}, {__close = function(_, err)
  print("closing", err:match("^[^\n]+")) --> closing	main_error_closes.lua:11: boom
  -- Stock Lua adds the traceback where the error is raised, before anything is closed.
  print(err:match("\n(stack traceback:)\n")) --> stack traceback:
end})
error("boom")
