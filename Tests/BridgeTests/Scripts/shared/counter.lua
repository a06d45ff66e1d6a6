-- A counter: integers that wrap around.
local c = shared.counter()
print(c:add(), c:add(), c:add(10), c:add(-2), c:get(), c:add(0)) --> 1	2	12	10	10	10
print((tostring(c):gsub("counter: %d+", "counter: N"))) --> counter: N (10)
print(shared.counter(5):get(), shared.counter(3.0):add()) --> 5	4
print(shared.counter(math.maxinteger):add() == math.mininteger) --> true
print(pcall(shared.counter, "x")) --> false	bad argument #1 to 'counter' (number expected, got string)
print(pcall(c.add, c, 0.5)) --> false	bad argument #2 to 'add' (number has no integer representation)
local threads = {}
for i = 1, 4 do
  threads[i] = thread.spawn(function()
    local last = 0
    for _ = 1, 5000 do
      local n = c:add()
      assert(n > last)
      last = n
    end
  end)
end
for _, t in ipairs(threads) do t:join() end
print(c:get()) --> 20010
