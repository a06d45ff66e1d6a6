--! args: --simulate 1d
-- Slow items behind many quick ones do not wait for each other in one worker: a chunk that takes long is given back, and
-- its items go to others. Each still is called once, with its index, and results keep their order.
local function try(run)
  local list, calls = {}, channel.new(math.huge)
  for i = 1, 50000 do list[i] = i end
  local results = run(function(x, i)
    if x > 30000 and x <= 30060 then
      sleep(0.012)
      calls:send((thread.current() or process.current()).name)
    end
    return x == i and -x
  end, list)
  local workers, count, number = {}, 0, #calls
  for _ = 1, number do
    local name = calls:recv()
    if not workers[name] then count = count + 1 end
    workers[name] = true
  end
  for i = 1, #list do assert(results[i] == -i) end
  return number, count
end
local function collected(iterator)
  return function(fn, list)
    local pool <close> = iterator.kind.pool(3)
    local results = {}
    for result, index in pool[iterator.name](pool, fn, list) do
      assert(not results[index])
      results[index] = result
    end
    return results
  end
end
for _, kind in ipairs {thread, process} do
  print(try(function(fn, list) return kind.map({workers = 3}, fn, list) end)) --> 60	3
  print(try(collected {kind = kind, name = "imap"})) --> 60	3
  print(try(collected {kind = kind, name = "imap_unordered"})) --> 60	3
end
--> 60	3
--> 60	3
--> 60	3

-- A failure in what was given back says which item it was.
local list = {}
for i = 1, 20000 do list[i] = i end
local ok, e = pcall(thread.map, {workers = 2}, function(x)
  if x > 10000 and x < 10010 then sleep(0.012) end
  if x == 10009 then error("oh", 0) end
end, list)
print(e.index, e.message) --> 10009	oh

-- Whoever says how many items a worker gets gets that.
local places = {}
for _, place in ipairs(thread.map({workers = 2, chunk = 4}, function(x)
  sleep(0.012)
  return thread.current().id
end, {1, 2, 3, 4, 5, 6, 7, 8})) do places[#places + 1] = place end
print(places[1] == places[4], places[5] == places[8]) --> true	true
