-- Joining oneself is a deadlock, told at once and by name.
local function told(ok, e) return ok, e.kind, e.message:match("deadlock: .*") end

local t = task.spawn({ name = "me" }, function() return told(pcall(function() task.current():join() end)) end)
print(t:join()) --> false	deadlock	deadlock: me -> me
local h
h = task.spawn({ name = "me too" }, function() return told(pcall(h.join, h)) end)
print(h:join()) --> false	deadlock	deadlock: me too -> me too
local th = thread.spawn({ name = "dum" }, function() return told(pcall(function() thread.current():join() end)) end)
print(th:join()) --> false	deadlock	deadlock: dum -> dum

-- The main task too, whatever its name is.
local ok, e = pcall(function() task.current():join() end)
print(ok, e.kind) --> false	deadlock
