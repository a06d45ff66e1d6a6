-- A task whose handle the script drops at once gets none. It runs as any other, and a handle is made for whoever asks.
local gate = channel.new()
local log = {}

-- With arguments and without, more of them than coroutines are kept, before they start and after.
for i = 1, 200 do task.spawn(function(...) log[#log + 1] = select("#", ...) + i end, table.unpack({}, 1, i % 25)) end
collectgarbage()
task.yield()
local sum = 0
for _, n in ipairs(log) do sum = sum + n end
print(#log, sum) --> 200	22500

-- Those that have not started, and those that wait, are listed; their handles can be used.
task.spawn(function(a, b) log = a .. b .. gate:recv() end, "a", "b")
local found
for _, h in ipairs(task.list()) do if h ~= task.current() then found = h end end
print(found:status(), found.kind, found == task.list()[1]) --> pending	task	true
task.yield()
print(found:status()) --> waiting
gate:send("c")
print(found:wait(), log) --> done	abc
print(select("#", found:join())) --> 0

-- The task itself may give its handle away.
task.spawn(function() gate:send(task.current()) return "result" end)
local given = gate:recv()
print(given:join()) --> result
task.spawn(function() gate:send(task.current()) gate:recv() return "late", nil end)
given = gate:recv()
print(given:status()) --> waiting
gate:send(1)
print(select("#", given:join()), (given:join())) --> 2	late

-- One that is cancelled before it starts never runs.
local ran = false
task.spawn(function() ran = true end)
for _, h in ipairs(task.list()) do if h ~= task.current() then h:cancel() end end
task.yield()
print(ran, #task.list()) --> false	1

-- Whoever takes the handle gets it: by a return, through pcall, in a table, in a coroutine.
local function spawn(f) return task.spawn(f) end
print(spawn(function() return 1 end):join()) --> 1
print(select(2, pcall(task.spawn, function() return 2 end)):join()) --> 2
print(({task.spawn(function() return 3 end)})[1]:join()) --> 3
print(select(2, coroutine.resume(coroutine.create(task.spawn), function() return 4 end)):join()) --> 4

-- What it returns is dropped with it.
local weak = setmetatable({}, {__mode = "v"})
task.spawn(function()
  weak[1] = {}
  return weak[1]
end)
task.yield()
collectgarbage()
print(weak[1]) --> nil
