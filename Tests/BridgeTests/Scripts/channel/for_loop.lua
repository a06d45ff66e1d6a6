-- `for v in ch` receives until the channel is closed and drained; leaving the loop leaves the rest.
local ch = channel.new()
for i = 1, 6 do ch:send(i) end
for v in ch do
  if v == 2 then break end
end
print(#ch) --> 4
ch:close()
local list = {}
for v in ch do list[#list + 1] = v end
print(table.concat(list, " ")) --> 3 4 5 6
for _ in ch do print("never") end

-- The loop waits for what another thread sends; loops over two channels nest.
local outer = channel.new(1)
thread.spawn(function(out)
  for i = 1, 3 do
    local inner = channel.new()
    out:send(inner)
    for j = 1, i do inner:send(i * 10 + j) end
    inner:close()
  end
  out:close()
end, outer)
for inner in outer do
  for v in inner do io.write(v, " ") end
  print()
end
--> 11
--> 21 22
--> 31 32 33

-- Two loops share the messages: each is received once.
local shared_channel = channel.new()
local function drain(c)
  local n, sum = 0, 0
  for v in c do n, sum = n + 1, sum + v end
  return n, sum
end
local a, b, c = task.spawn(drain, shared_channel), thread.spawn(drain, shared_channel), thread.spawn(drain, shared_channel)
for i = 1, 3000 do shared_channel:send(i) end
shared_channel:close()
local n, sum = 0, 0
for _, h in ipairs { a, b, c } do
  local k, s = h:join()
  n, sum = n + k, sum + s
end
print(n, sum) --> 3000	4501500
