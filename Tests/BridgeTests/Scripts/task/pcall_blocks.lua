--! args: --simulate 1d
-- Blocking calls work under pcall and xpcall, nested deeply, and errors afterwards are caught where they should be.
print(pcall(sleep, 0.001)) --> true
print(pcall(pcall, function() sleep(0.001) return 1, nil, 3 end)) --> true	true	1	nil	3
print(pcall(function() sleep(0.001) error("boom", 0) end)) --> false	boom
print(xpcall(function(...) sleep(0.001) return ... end, print, 1, 2)) --> true	1	2
print(xpcall(function() sleep(0.001) error("x", 0) end, function(m) return "handled " .. m end)) --> false	handled x
-- A message handler cannot yield: a sleep there blocks the state, but works.
print(xpcall(error, function(m) sleep(0.001) return "slept over " .. m end, "y")) --> false	slept over y

local function deep(n)
  if n == 0 then sleep(0.001) error("from the bottom", 0) end
  local ok, e = pcall(deep, n - 1)
  task.yield()
  error(e, 0)
end
print(pcall(deep, 100)) --> false	from the bottom

-- Two tasks, each inside its own protected call.
local results = {}
local function guarded(name)
  local _, message = pcall(function()
    sleep(0.001)
    error(name, 0)
  end)
  results[#results + 1] = name .. " " .. message
end
local a, b = task.spawn(guarded, "a"), task.spawn(guarded, "b")
a:join() b:join()
table.sort(results)
print(table.concat(results, ", ")) --> a a, b b
