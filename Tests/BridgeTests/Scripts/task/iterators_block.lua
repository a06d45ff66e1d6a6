--! args: --simulate 1d
-- Blocking calls work in the iterators of for loops, in __pairs, and in their closing values.
local function slow(list, i)
  i = i + 1
  sleep(0.001)
  if list[i] then return i, list[i] end
end
for i, v in slow, {"a", "b", "c"}, 0 do io.write(i, v, " ") end
print() --> 1a 2b 3c

local proxy = setmetatable({}, {__pairs = function(t)
  task.yield()
  return function(_, k)
    sleep(0.001)
    if not k then return 1, "one" elseif k == 1 then return 2, "two" end
  end, t, nil
end})
for k, v in pairs(proxy) do io.write(k, "=", v, " ") end
print() --> 1=one 2=two

local guard = setmetatable({}, {__close = function() sleep(0.001) print("closed") end})
for i in slow, {"x", "y"}, 0, guard do print(i) break end
--> 1
--> closed

-- Inside a task and a coroutine, with a producer in another task.
local ch = channel.new(0)
task.spawn(function() for i = 1, 5 do ch:send(i) end ch:close() end)
local squares = coroutine.wrap(function() for v in ch do coroutine.yield(v * v) end end)
local out = {}
for s in squares do out[#out + 1] = s end
print(table.concat(out, " ")) --> 1 4 9 16 25
