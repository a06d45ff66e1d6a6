-- Debug information travels: errors in a sent function name the file and the line, and locals have names.
local function fails(x)
  local doubled = x * 2
  error("boom " .. doubled)
end

print(thread.spawn(function(f) return pcall(f, 21) end, fails):join()) --> false	function_debug_info.lua:4: boom 42
print(thread.spawn(function(f) return select(2, pcall(f, {})) end, fails):join())
--> function_debug_info.lua:3: attempt to perform arithmetic on a table value (local 'x')

local upvalue = nil
print(thread.spawn(function() return pcall(function() return upvalue.field end) end):join())
--> false	function_debug_info.lua:12: attempt to index a nil value (upvalue 'upvalue')

print(thread.spawn(function(f)
  local info = debug.getinfo(f, "SlLu")
  return info.short_src, info.source, info.linedefined, info.lastlinedefined, info.nparams, info.isvararg, info.activelines[3]
end, fails):join()) --> function_debug_info.lua	@function_debug_info.lua	2	5	1	false	true

-- Come back, it still knows.
local back = thread.spawn(function(f) return f end, fails):join()
print(pcall(back, 1)) --> false	function_debug_info.lua:4: boom 2
