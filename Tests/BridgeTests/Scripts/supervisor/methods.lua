--! args: --simulate 1d
-- which, add, stop and restart.
local function show(s)
  for _, c in ipairs(s:which()) do
    local h = c.handle
    print(c.name, c.kind, c.status, c.restart, c.restarts, c.id == h.id and c.name == h.name and c.kind == h.kind, c.pid == nil)
  end
end
local function work() sleep(1000) end

local s = supervisor.spawn {name = "app", children = {
  {name = "a", kind = "task", start = work},
  {kind = "task", start = work, restart = "transient"},
  {name = "task-3", kind = "task", start = function() end, restart = "transient"},
}}
sleep(0.01)
show(s)
--> a	task	waiting	permanent	0	true	true
--> task-2	task	waiting	transient	0	true	true
--> task-3	task	done	transient	0	true	true

-- A name that is taken is not given to a child without one.
local h = s:add {kind = "task", start = work, restart = "temporary"}
print(h, h.name, s:which()[4].name) --> task: task-4 (pending)	task-4	task-4
print(s:add {name = "task-6", kind = "task", start = work}) --> task: task-6 (pending)
print(s:add {kind = "task", start = work}.name) --> task-7

-- stop: whether it was running. The specification stays, but for a temporary child.
print(s:stop("a"), s:stop("a"), s:stop("task-3"), s:stop("task-4")) --> true	false	false	true
for _, name in ipairs {"task-6", "task-7"} do s:stop(name) end
show(s)
--> a	task	cancelled	permanent	0	true	true
--> task-2	task	waiting	transient	0	true	true
--> task-3	task	done	transient	0	true	true
--> task-6	task	cancelled	permanent	0	true	true
--> task-7	task	cancelled	permanent	0	true	true

-- restart: a new handle. It counts for nothing.
local before = s:which()[2].handle
local after = s:restart("task-2")
print(before:status(), after:status(), before == after, s:which()[2].handle == after) --> cancelled	pending	false	true
print(s:restart("a"), s:restart("task-3")) --> task: a (pending)	task: task-3 (pending)
sleep(0.01)
show(s)
--> a	task	waiting	permanent	0	true	true
--> task-2	task	waiting	transient	0	true	true
--> task-3	task	done	transient	0	true	true
--> task-6	task	cancelled	permanent	0	true	true
--> task-7	task	cancelled	permanent	0	true	true
for _ = 1, 20 do s:restart("task-2") end

-- The process of a child has a number.
local p = s:add {name = "p", kind = "process", start = work}
local last = s:which()[6]
print(last.name, last.kind, last.pid == p.pid, math.type(last.pid)) --> p	process	true	integer

-- Once it has ended it only tells how.
s:cancel()
print(s:wait()) --> cancelled
for _, c in ipairs(s:which()) do print(c.name, c.status, c.pid) end
--> a	cancelled	nil
--> task-2	cancelled	nil
--> task-3	done	nil
--> task-6	cancelled	nil
--> task-7	cancelled	nil
--> p	cancelled	nil
print(pcall(s.add, s, {start = work})) --> false	supervisor 'app' has ended
print(select(2, pcall(s.restart, s, "a"))) --> supervisor 'app' has ended
print(s:stop("a")) --> false
