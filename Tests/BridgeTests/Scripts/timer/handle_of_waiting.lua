--! args: --simulate 1d
-- The handle of a timer that waits, has rung or was cancelled knows the same, whenever it is asked first.
local function nothing() end

-- While it waits.
local t = timer.after(3600, nothing)
print(t.count, t.missed, t.errors, t:active(), t.name == "timer-" .. t.id) --> 0	0	0	true	true
print(tostring(t) == "timer: timer-" .. t.id .. " (active)", t:cancel(), t:cancel(), t:active()) --> true	true	false	false

-- First asked after it was cancelled.
t = timer.after(3600, nothing)
print(t:cancel(), t:cancel(), t.count, t:active(), pcall(t.join, t)) --> true	false	0	false	true

-- First asked after it has rung; the callback fails, or is still running.
local failed = timer.after(0.001, function() error("x", 0) end)
--! stderr: x
local slow = timer.after(0.001, sleep, 0.05)
local rung = timer.after(0.001, nothing)
sleep(0.02)
print(failed.count, failed.errors, failed:active(), failed:cancel()) --> 1	1	false	false
print(slow.count, slow:active(), slow:cancel()) --> 1	false	false
slow:join()
print(rung.count, rung.errors, rung:cancel()) --> 1	0	false

-- Its own handle, in its callback.
local own
own = timer.after(0.001, function() print(own.count, own:active(), own:cancel()) end)
own:join()
--> 1	false	false

-- Started again: while it waits, after it was cancelled, after it has rung. The arguments stay.
local again = timer.after(3600, print, "rings", 1)
again:restart(0.001)
again:join() --> rings	1
again = timer.after(0.001, print, "rings", 2)
again:cancel()
collectgarbage()
again:restart()
again:join() --> rings	2
again:restart()
again:join() --> rings	2
print(again.count) --> 2

-- Those that ring at the same time do so in the order in which they were made, also when one was asked meanwhile.
local order, timers = {}, {}
for i = 1, 5 do timers[i] = timer.after(0.02, function() order[#order + 1] = i end) end
timers[2]:cancel()
timers[5]:join()
print(table.concat(order, " ")) --> 1 3 4 5

-- Sent elsewhere while it waits; cancelled there.
local far = timer.after(3600, nothing)
print(thread.spawn(function(t) return t:active(), t:cancel(), t:cancel() end, far):join()) --> true	true	false
print(far:active()) --> false

-- A value for `local <close>`.
do local c <close> = timer.after(3600, print, "never") end

-- Places of timers whose handles are gone are used again; handles that a script keeps know their own timers.
local kept = {}
for i = 1, 2000 do
  local t = timer.after(3600, function() return i end)
  t:cancel()
  if i % 10 == 0 then kept[#kept + 1] = t end
  if i % 500 == 0 then collectgarbage() end
end
local count, ids = 0, {}
for _, t in ipairs(kept) do
  if not t:active() and not t:cancel() and t.count == 0 and not ids[t.id] then count = count + 1 end
  ids[t.id] = true
end
print(count) --> 200

-- Functions of timers that have rung are collected.
local weak = setmetatable({}, {__mode = "k"})
do
  local f = function() return weak end
  weak[f] = true
  timer.after(0.001, f):join()
end
collectgarbage()
collectgarbage()
print(next(weak)) --> nil
--! status 1
