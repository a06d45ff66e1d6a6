--! real: a handler of a busy thread waits
-- What is to be closed gets the error, may wait, send, spawn and compute, and runs to its end, once.
local out = channel.new()
local h = thread.spawn({name = "worker"}, function()
  local outer <close> = setmetatable({}, {__close = function(_, e) out:send("outer " .. e.kind) end})
  local inner <close> = setmetatable({}, {__close = function(_, e)
    out:send("inner " .. e.kind .. " " .. e.message)
    sleep(0.1)
    local sum = 0
    for i = 1, 1e5 do sum = sum + i end
    out:send(sum)
    out:send(task.spawn(function() sleep(0.01) return "spawned" end):join())
    out:send(thread.spawn(function() return "a thread" end):join())
    out:send(tostring(pcall(error, "caught as ever")))
  end})
  out:send("ready")
  while true do pcall(function() while true do end end) end
end)
print(out:recv()) --> ready
h:cancel("enough")
print(h:wait()) --> cancelled
out:close()
for text in out do print(text) end
--> inner cancelled enough
--> 5000050000
--> spawned
--> a thread
--> false
--> outer cancelled
