-- Under deadlines, `update` either has been done and returns, or raises and has done nothing; so it is with a barrier.
local m = shared.map()
m:set("n", 0)
local stop = sync.event()
local busy = thread.spawn(function()
  while not stop:is_set() do m:update("n", function(v) task.yield() return v end) end
end)
local done = 0
for i = 1, 3000 do
  if pcall(task.timeout, i % 60 * 1e-5, m.update, m, "n", function(v) return v + 1 end) then done = done + 1 end
end
stop:set()
busy:join()
print(done == m:get("n"), done > 0) --> true	true

local b = sync.barrier(2)
local other = thread.spawn(function()
  local met = 0
  for i = 1, 1500 do if pcall(task.timeout, i % 60 * 1e-5, b.wait, b) then met = met + 1 end end
  return met
end)
local met = 0
while other:status() ~= "done" do
  if b:wait(0.001) then met = met + 1 end
end
print(met == other:join()) --> true
