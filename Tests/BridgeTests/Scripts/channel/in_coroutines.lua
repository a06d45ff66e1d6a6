-- Channels work from coroutines that the script made: each side may be a generator.
local ch = channel.new(1)

local function numbers(n)
  return coroutine.wrap(function()
    for i = 1, n do
      ch:send(i)
      coroutine.yield("sent " .. i)
    end
  end)
end

local produce = task.spawn(function()
  local words = {}
  for word in numbers(5) do words[#words + 1] = word end
  ch:close()
  return table.concat(words, ", ")
end)

local consume = coroutine.wrap(function()
  for v in ch do coroutine.yield(v * 10) end
  return "end"
end)
for _ = 1, 5 do io.write(consume(), " ") end
print(consume()) --> 10 20 30 40 50 end
print(produce:join()) --> sent 1, sent 2, sent 3, sent 4, sent 5

-- Two of one task's coroutines on a channel: what one sends the other receives.
local pipe = channel.new()
local left = coroutine.create(function()
  for i = 1, 3 do
    pipe:send("item " .. i)
    coroutine.yield()
  end
end)
for _ = 1, 3 do
  coroutine.resume(left)
  print(coroutine.wrap(function() return pipe:recv() end)())
end
--> item 1
--> item 2
--> item 3
