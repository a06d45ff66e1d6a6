--! args: --simulate 1d
-- Where Lua cannot yield, a blocking call still works: it blocks the state's OS thread until done.
local ch = channel.new(1)
thread.spawn(function(out)
  for i = 1, 5 do
    sleep(0.0005)
    out:send(i)
  end
end, ch)

print((("a b c"):gsub("%a", function() return ch:recv() end))) --> 1 2 3

local list = { 3, 1, 2 }
table.sort(list, function(a, b)
  sleep(0.0001)
  return a < b
end)
print(table.concat(list, " ")) --> 1 2 3

-- The reader function of load.
local piece = 0
local chunk = load(function()
  piece = piece + 1
  if piece <= 2 then return ({ "return 10 * ", "+" })[piece] .. ch:recv() end
end)
print(chunk()) --> 45

-- The body of a required module.
package.preload.slow = function()
  sleep(0.001)
  return { answer = 42 }
end
print(require("slow").answer) --> 42

-- A join inside a gsub callback.
local h = thread.spawn(function() sleep(0.001) return "joined" end)
print((("x"):gsub("x", function() return h:join() end))) --> joined
