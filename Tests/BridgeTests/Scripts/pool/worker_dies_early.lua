--! args: --simulate 1d
-- A worker that dies with a chunk that it has not begun, again and again: nothing gets stuck.
local pool <close> = process.pool(1)
local results, sum = pool:imap({chunk = 1}, function(x) return x end, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), 0
for _ = 1, 10 do
  sleep(1) -- until it waits for more
  local worker = process.list()[1]
  if worker then worker:kill("STOP") end
  local next = task.spawn(results)
  sleep(0)
  if worker then worker:kill("KILL") end
  sum = sum + next:join()
end
print(sum, results()) --> 55	nil
