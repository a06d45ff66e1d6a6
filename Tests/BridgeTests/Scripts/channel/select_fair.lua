-- select chooses uniformly among the ready cases, whatever their kind and place.
local n = 3000
local function counts(cases, refill)
  local chosen = {}
  for i = 1, #cases do chosen[i] = 0 end
  for _ = 1, n do
    local i = channel.select(cases)
    chosen[i] = chosen[i] + 1
    refill(i)
  end
  -- Each within a third of its share: by chance once in more than 1e20 runs.
  local share, fair = n / #cases, true
  for _, k in ipairs(chosen) do fair = fair and k > share * 2 / 3 and k < share * 4 / 3 end
  return fair or table.concat(chosen, " ")
end

local a, b, c = channel.new(), channel.new(), channel.new()
local list = { a, b, c }
for _, ch in ipairs(list) do ch:send(1) end
print(counts(list, function(i) list[i]:send(1) end)) --> true

local sink = channel.new(math.huge)
local done = task.spawn(function() end)
done:join()
print(counts({ a, { sink, 1 }, done }, function(i) if i == 1 then a:send(1) end end)) --> true

-- A closed channel is as likely as an open one.
c:recv()
c:close()
print(counts({ c, b }, function(i) if i == 2 then b:send(1) end end)) --> true
