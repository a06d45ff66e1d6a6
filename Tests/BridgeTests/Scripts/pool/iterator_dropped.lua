-- An iterator that is dropped before its end leaves nothing in the workers: neither its function nor work under way.
local pool <close> = thread.pool(2)
local function kilobytes()
  return pool:submit(function()
    collectgarbage()
    return collectgarbage "count"
  end):join()
end
local before = kilobytes()
for round = 1, 50 do
  local text = ("x"):rep(200000) .. round
  local next_item = pool:imap(function(i) return #text + i end, {1, 2, 3, 4, 5, 6, 7, 8})
  assert(next_item() == #text + 1)
  next_item, text = nil, nil
  collectgarbage()
end
print(kilobytes() - before < 2000) --> true

-- What a dropped iterator had begun is cancelled, and its worker takes other work.
local begun = channel.new()
local next_item = pool:imap_unordered(function(i)
  if i == 1 then return 1 end
  begun:send(i)
  thread.inbox:recv()
end, {1, 2, 3, 4, 5, 6, 7, 8})
print(next_item()) --> 1	1
-- The worker that has done the first item may have to wait for the next call to be given another one.
local call = task.spawn(next_item)
begun:recv()
begun:recv()
call:cancel()
print(call:wait()) --> cancelled
next_item, call = nil, nil
collectgarbage()
print(pool:submit(math.max, 1, 2):join(), pool:submit(math.max, 3, 4):join()) --> 2	4
