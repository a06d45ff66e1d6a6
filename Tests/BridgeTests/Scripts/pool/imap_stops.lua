--! args: --simulate 1d
-- A consumer that stops stops the source: what the workers have in hand is all that comes.
for _, kind in ipairs {thread, process} do
  local pool <close> = kind.pool(2)
  local pulled = 0
  local results = pool:imap({chunk = 1}, function(x) return x end, function() pulled = pulled + 1 return pulled end)
  for _ = 1, 10 do results() end
  sleep(1) -- until all is at rest
  local before = pulled
  sleep(1000)
  print(pulled == before, pulled <= 16) --> true	true
end
--> true	true
