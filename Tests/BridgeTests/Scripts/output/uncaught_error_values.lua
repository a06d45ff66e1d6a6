-- An uncaught error may be any value: what is printed for each is what lua5.4 prints.
local values = {
  function() error(nil) end,
  function() error({}) end,
  function() error(true) end,
  function() error(42) end,
  function() error("text", 0) end,
  function() error("zero\0inside", 0) end,
  function() error(setmetatable({}, {__tostring = function() return "via __tostring" end})) end,
  function() error(setmetatable({}, {__tostring = function() return 1 end})) end,
  function() error(setmetatable({}, {__tostring = function() error("in __tostring", 0) end})) end,
  function() local function deep() return 1 + deep() end deep() end,
  function() coroutine.wrap(function() error("in wrap", 0) end)() end,
  function() coroutine.yield() end,
  function() error(coroutine.create(print)) end,
}
if arg[1] then values[tonumber(arg[1])]() return end
for i = 1, #values do
  local child = io.popen(('"%s" "%s" %d 2>&1'):format(arg[-1], arg[0], i))
  local first, rest = child:read("l", "a")
  local _, _, status = child:close()
  first = first:gsub("^[^ ]*luaconc: ", "luaconc: ")
  print(first, #rest < 3000 and rest:match("^stack traceback:") or "nothing more", status)
end
--> luaconc: (error object is a nil value)	stack traceback:	1
--> luaconc: (error object is a table value)	stack traceback:	1
--> luaconc: (error object is a boolean value)	stack traceback:	1
--> luaconc: 42	stack traceback:	1
--> luaconc: text	stack traceback:	1
--> luaconc: zero	stack traceback:	1
--> luaconc: via __tostring	nothing more	1
--> luaconc: (error object is a table value)	stack traceback:	1
--> luaconc: in __tostring	stack traceback:	1
--> luaconc: uncaught_error_values.lua:12: stack overflow	stack traceback:	1
--> luaconc: uncaught_error_values.lua:13: in wrap	stack traceback:	1
--> luaconc: attempt to yield from outside a coroutine	stack traceback:	1
--> luaconc: (error object is a thread value)	stack traceback:	1
--! needs speed
