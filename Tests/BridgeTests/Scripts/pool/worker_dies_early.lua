-- A worker that dies with a chunk that it has not begun, again and again: nothing gets stuck.
local pool <close> = process.pool(1)
local results, sum = pool:imap(function(x) return x end, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), 0
for _ = 1, 10 do
  local worker
  repeat
    worker = process.list()[1]
    sleep(0.01) -- until it waits for more
  until worker
  worker:kill("STOP")
  local next = task.spawn(results)
  sleep(0)
  worker:kill("KILL")
  sum = sum + next:join()
end
print(sum, results()) --> 55	nil
