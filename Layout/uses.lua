-- What many programs do. The code for it is laid side by side, behind that of a start (see the Makefile), so that doing
-- it for the first time takes few page faults.
local function nothing(...) return ... end

local ticks = timer.every({ times = 2, missed = "burst" }, 0.001, nothing)
ticks:join()
timer.after(0.001, nothing)
timer.after(1, nothing):cancel()
sleep(0.001)

local ch = channel.new(2)
local sender = task.spawn({ name = "sender" }, function()
  for i = 1, 4 do ch:send(i) end
  for _, value in ipairs { "text", { id = 1, list = { 1.5 } } } do ch:send(value) end
  ch:close()
end)
for _ in ch do end
sender:join()
local failed = task.spawn(error, "failed")
assert(not pcall(failed.join, failed))

local inbox = channel.new()
local worker = thread.spawn(function(out)
  for value in thread.inbox do out:send(value) end
end, inbox)
worker:send { 1, 2 }
inbox:recv(1)
worker:cancel()
worker:wait()
local busy = thread.spawn(function() while true do end end)
sleep(0.001)
busy:cancel()
busy:wait()
thread.map(function(x) return x end, { 1, 2, 3 })

local now = 0
local s = sched.new(function() return now end, function(seconds) now = now + seconds end)
s:enter(1, 1, nothing)
s:run()

shared.map():set("key", 1)
do
  local held <close> = sync.lock():acquire()
end
process.run("true")
