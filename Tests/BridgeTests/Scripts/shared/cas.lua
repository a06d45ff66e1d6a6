-- cas compares as raw equality does.
local m = shared.map()
print(m:cas("k", 1, 2), m:get("k")) --> false	nil
print(m:cas("k", nil, 1), m:cas("k", nil, 2), m:get("k")) --> true	false	1
print(m:cas("k", 1.0, "one"), m:cas("k", "on", 2), m:cas("k", "one", false)) --> true	false	true
print(m:cas("k", nil, 1), m:cas("k", false, true), m:cas("k", 1, 2)) --> false	true	false
print(m:cas("k", true, 0.5), m:cas("k", 0.5, 3.0), math.type(m:get("k")), m:cas("k", 3, nil)) --> true	true	float	true
print(m:get("k"), #m) --> nil	0

-- NaN is equal to nothing, a handle only to itself.
m:set("nan", 0 / 0)
print(m:cas("nan", 0 / 0, 1)) --> false
local a, b = channel.new(), channel.new()
m:set("h", a)
print(m:cas("h", b, 1), m:cas("h", a, b), m:get("h") == b, m:cas("h", "x", 1)) --> false	true	true	false

-- What is copied can be equal to nothing, so it is a mistake.
m:set("t", {})
print(pcall(m.cas, m, "t", m:get("t"), 1))
--> false	bad argument #3 to 'cas' (table values are copied, so none is the same as another)
print(pcall(m.cas, m, "t", print, 1))
--> false	bad argument #3 to 'cas' (function values are copied, so none is the same as another)
print(pcall(m.cas, m, "t", 1)) --> false	bad argument #4 to 'cas' (value expected, got no value)
print(pcall(m.cas, m, "t")) --> false	bad argument #3 to 'cas' (value expected, got no value)
print(m:cas("t", 1, {}), m:cas("t", nil, {})) --> false	false

-- A lock of one's own, made of it.
local threads = {}
m:set("n", 0)
for i = 1, 3 do
  threads[i] = thread.spawn(function()
    for _ = 1, 100 do
      while not m:cas("owner", nil, i) do sleep(0) end
      m:set("n", m:get("n") + 1)
      assert(m:cas("owner", i, nil))
    end
  end)
end
for _, t in ipairs(threads) do t:join() end
print(m:get("n")) --> 300
