-- Items are taken from the source no further ahead than the workers need.
local pool <close> = thread.pool(2)
local pulled = 0
local function source()
  pulled = pulled + 1
  return pulled
end
local results = pool:imap(function(x) return x end, source)
print(pulled) --> 0
local most, taken = 0, 0
for result in results do
  assert(result == taken + 1)
  taken = result
  most = math.max(most, pulled - taken)
  if taken == 500 then break end
end
print(most <= 500, pulled >= 500) --> true	true

-- With chunks of one no more is in hand than three for each worker.
local most, taken, pulled = 0, 0, 0
for _ in pool:imap({chunk = 1}, function(x) return x end, function() pulled = pulled + 1 return pulled end) do
  taken = taken + 1
  most = math.max(most, pulled - taken)
  if taken == 200 then break end
end
print(most <= 6) --> true

-- A loop that is left closes the source, and leaves nothing running.
local closed = false
local function until_closed()
  return function() return 1 end, nil, nil, setmetatable({}, {__close = function() closed = true end})
end
for _ in pool:imap(function(x) return x end, until_closed()) do break end
print(closed) --> true
local closed = channel.new()
for _ in pool:imap(function(x)
  if x == 1 then closed:recv() end
  local mark <close> = setmetatable({}, {__close = function(_, e) closed:send(e and e.kind or "none") end})
  if x == 2 then
    closed:send("begun")
    sleep(1000)
  end
  return x
end, {1, 2}) do
  break
end
print(closed:recv(), closed:recv())
print(pool:submit(math.abs, -1):join())
--> none	cancelled
--> 1

-- Memory does not grow with the number of items.
collectgarbage()
local start, most = collectgarbage("count"), 0
local count = 0
for result in pool:imap(function(x) return {x} end, function() count = count + 1 return count <= 50000 and count or nil end) do
  if result[1] % 5000 == 0 then
    collectgarbage()
    most = math.max(most, collectgarbage("count") - start)
  end
end
print(count, most < 2000) --> 50001	true

-- Results that nobody fetches, however large, hold up nobody else.
local results = pool:imap({chunk = 1}, function(x) return ("x"):rep(x << 20) end, {1, 40, 40, 40, 40, 40})
print(#results()) --> 1048576
print(pool:map(math.abs, {-1})[1], pool:submit(math.abs, -2):join()) --> 1	2
