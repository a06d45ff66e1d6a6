-- incr adds in Lua's arithmetic: a key that is missing counts as 0, integers wrap around.
local m = shared.map()
print(m:incr("n"), m:incr("n"), m:incr("n", 10), m:incr("n", -2), m:get("n")) --> 1	2	12	10	10
print(m:incr("f", 0.5), m:incr("f"), m:incr("n", 0.5)) --> 0.5	1.5	10.5
m:set("max", math.maxinteger)
print(m:incr("max") == math.mininteger) --> true
print(m:incr("new", 5), m:incr("n", nil)) --> 5	11.5
m:set("text", "7") m:set("flag", true) m:set("list", {})
for _, k in ipairs {"text", "flag", "list"} do print(pcall(m.incr, m, k), m:get(k) ~= nil) end
--> false	true
--> false	true
--> false	true
print(pcall(m.incr, m, "text")) --> false	bad argument #2 to 'incr' (the value of the key is no number)
print(pcall(m.incr, m, "n", "1")) --> false	bad argument #3 to 'incr' (number expected, got string)

-- Nothing is lost between threads.
local threads = {}
for i = 1, 4 do
  threads[i] = thread.spawn(function()
    for _ = 1, 2000 do m:incr("hits") end
    for _ = 1, 2000 do m:incr("hits of " .. i % 2) end
  end)
end
for _, t in ipairs(threads) do t:join() end
print(m:get("hits"), m:get("hits of 0"), m:get("hits of 1")) --> 8000	4000	4000
