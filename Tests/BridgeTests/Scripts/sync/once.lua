--! args: --simulate 1d
-- The function runs once; all get its results.
local runs = 0
local init = sync.once(function(...)
  runs = runs + 1
  sleep(0.005)
  return {...}, nil, "end"
end)
print((tostring(init):gsub("%d+", "N")), init:done()) --> once: N (not done)	false
local tasks = {}
for i = 1, 5 do tasks[i] = task.spawn(init, i) end
for _, t in ipairs(tasks) do
  local list, empty, last = t:join()
  print(list[1], empty, last)
end
--> 1	nil	end
--> 1	nil	end
--> 1	nil	end
--> 1	nil	end
--> 1	nil	end
print(runs, init:done(), (tostring(init):gsub("%d+", "N"))) --> 1	true	once: N (done)

-- Over threads: whoever comes first.
local m = shared.map()
local number = 41
local compute = sync.once(function() m:incr("runs") sleep(0.01) number = number + 1 return number end)
local threads = {}
for i = 1, 4 do threads[i] = thread.spawn(function() return compute() end) end
for _, t in ipairs(threads) do print(t:join()) end
--> 42
--> 42
--> 42
--> 42
print(compute(), m:get("runs")) --> 42	1

-- A failure is the caller's alone: the next one tries again.
local tries = 0
local fragile = sync.once(function()
  tries = tries + 1
  if tries < 3 then error("try " .. tries, 0) end
  return tries
end)
print(pcall(fragile)) --> false	try 1
print(pcall(fragile)) --> false	try 2
print(fragile(), fragile(), tries) --> 3	3	3

-- One that is cancelled leaves it to the next.
local slow = sync.once(function(seconds) sleep(seconds) return "done" end)
local t = task.spawn(slow, 60)
local next = task.spawn(slow, 0)
sleep(0)
t:cancel()
print(t:wait(), next:join()) --> cancelled	done

-- Calling it from within is a deadlock; results have to be such that can be sent.
local again
again = sync.once(function() return again() end)
print(select(2, pcall(again)).kind) --> deadlock
local odd = sync.once(function() return coroutine.create(print) end)
print(pcall(odd)) --> false	cannot send value: results[1] is a coroutine
-- A function that cannot be sent runs here, and says elsewhere why not.
local file = io.stdout
local here = sync.once(function() file:write("here\n") end)
local elsewhere = thread.spawn(function() return pcall(here) end)
print(elsewhere:join()) --> false	cannot send value: upvalue 'file' is a file handle
here() --> here
print(pcall(sync.once)) --> false	bad argument #1 to 'once' (function expected, got no value)
