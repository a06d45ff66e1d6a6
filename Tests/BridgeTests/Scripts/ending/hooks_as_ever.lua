-- Interrupts do not show in what sethook and gethook do and say, and let no hook into a hook.
print(debug.gethook()) --> nil
local n = 0
local function count() n = n + 1 end
debug.sethook(count, "crl", 7)
local fn, mask, every = debug.gethook()
debug.sethook()
print(fn == count, mask, every, n > 0, debug.gethook()) --> true	crl	7	true	nil
print(pcall(debug.sethook, 1, "c")) --> false	bad argument #1 to 'debug.sethook' (function expected, got number)
print(pcall(debug.sethook, count, {})) --> false	bad argument #2 to 'debug.sethook' (string expected, got table)
debug.sethook(count, "")
print(debug.gethook()) --> nil

local co = coroutine.create(function() coroutine.yield(1) end)
local seen = {}
debug.sethook(co, function(event, line) seen[#seen + 1] = event .. line - debug.getinfo(1, "S").linedefined end, "l")
coroutine.resume(co)
print(seen[1], select(2, debug.gethook(co)), select(3, debug.gethook(co)), debug.gethook()) --> line-2	l	0	nil

-- A coroutine has its creator's hook without the function.
debug.sethook(count, "", 1000000)
print(debug.gethook(coroutine.create(print))) --> nil		1000000
debug.sethook()

-- Deadlines pass while the hook runs, too; it is called again, but never inside of itself.
local depth, deepest, calls = 0, 0, 0
for _ = 1, 30 do
  depth = 0
  pcall(task.timeout, 0.002, function()
    task.shield(function()
      debug.sethook(function()
        depth, calls = depth + 1, calls + 1
        deepest = math.max(deepest, depth)
        for _ = 1, 20000 do end
        depth = depth - 1
      end, "", 100)
      local began = os.clock()
      while os.clock() - began < 0.01 do end
      debug.sethook()
    end)
  end)
end
print(deepest, calls > 30, debug.gethook()) --> 1	true	nil
