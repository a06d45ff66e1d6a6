-- Deadlines that hit the methods of a supervisor, or its start, leave it as able as before, and no child without it.
local s = supervisor.spawn {on_error = function() end, intensity = math.huge, children = {
  {name = "a", kind = "task", start = function() sleep(1000) end},
  {name = "b", kind = "task", start = function() task.inbox:recv() error("x") end},
}}
for i = 1, 300 do
  pcall(task.timeout, i % 10 * 3e-5, function() while true do s:restart("a") end end)
end
local function child(name)
  for _, c in ipairs(s:which()) do if c.name == name then return c end end
end
local restarts = child("b").restarts
child("b").handle:send("fail")
while child("b").restarts == restarts or child("b").status ~= "waiting" do sleep(0.001) end
print(pcall(task.timeout, 60, s.stop, s, "b")) --> true	true
s:cancel()
print(s:wait()) --> cancelled

for i = 1, 60 do
  local children = {}
  for k = 1, 20 do
    children[k] = {name = "c" .. k, kind = k == 1 and "thread" or "task", start = function() sleep(1000) end}
  end
  pcall(task.timeout, i % 20 * 1e-4, supervisor.run, {children = children})
  pcall(task.timeout, i % 20 * 1e-4, function() local s <close> = supervisor.spawn {children = children} error("out") end)
end
while #task.list() > 1 or #thread.list() > 0 do sleep(0.001) end
print(#task.list(), #thread.list()) --> 1	0
