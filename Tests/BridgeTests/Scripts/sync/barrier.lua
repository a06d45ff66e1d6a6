-- All wait for the last one; then the next round begins.
local barrier = sync.barrier(3)
local log = channel.new()
local threads = {}
for i = 1, 3 do
  threads[i] = thread.spawn(function()
    local numbers = {}
    for round = 1, 20 do
      log:send(round)
      numbers[round] = barrier:wait()
    end
    return numbers
  end)
end
local lists = {}
for i, t in ipairs(threads) do lists[i] = t:join() end
log:close()
local seen, ordered = 0, true
for round in log do
  if round < seen then ordered = false end
  seen = round
end
print(ordered) --> true
local complete = true
for round = 1, 20 do
  local numbers = {lists[1][round], lists[2][round], lists[3][round]}
  table.sort(numbers)
  complete = complete and table.concat(numbers, " ") == "1 2 3"
end
print(complete) --> true

-- One that gives up does not count.
print(barrier:wait(0)) --> nil	timeout
print(barrier:wait(0.005)) --> nil	timeout
local a = task.spawn(function() return barrier:wait() end)
local b = task.spawn(function() return barrier:wait() end)
local c = task.spawn(function() return barrier:wait() end)
print(a:join(), b:join(), c:join()) --> 1	2	3
print((tostring(barrier):gsub("barrier: %d+", "barrier: N"))) --> barrier: N (0 of 3 waiting)
print(sync.barrier(1):wait()) --> 1
for _, n in ipairs {0, -1, "x"} do print(pcall(sync.barrier, n)) end
--> false	bad argument #1 to 'barrier' (1 or more expected, got 0)
--> false	bad argument #1 to 'barrier' (1 or more expected, got -1)
--> false	bad argument #1 to 'barrier' (number expected, got string)
