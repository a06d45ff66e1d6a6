-- Messages go round through processes and their children, with pauses in between, and often nearly everybody waits:
-- never is that taken for the end.
local rounds = tonumber(arg[1]) or 30
local function stage(depth, from, to)
  local inner, next = channel.new(1), to
  local child
  if depth > 0 then
    child = process.spawn(stage, depth - 1, inner, to)
    next = inner
  end
  for n in from do
    if n % 7 == 0 then sleep(n % 3 / 1000) end
    next:send(n)
  end
  next:close()
  if child then child:join() end
end
local last = 0
for round = 1, rounds do
  local from, to = channel.new(round % 3), channel.new(round % 2)
  local chain = process.spawn(stage, round % 3, from, to)
  for n = 1, 40 do
    from:send(n)
    last = to:recv()
    if n % 20 == 0 then sleep(round % 2 * 0.12) end
  end
  from:close()
  assert(to:recv() == nil)
  chain:join()
end
print(last) --> 40
