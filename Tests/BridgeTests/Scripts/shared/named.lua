-- The same name is the same map in every state of the program, as long as that runs.
print(shared.map("x") == shared.map("x"), shared.map("x") == shared.map("y"), shared.map() == shared.map())
--> true	false	false
thread.spawn(function() shared.map("x"):set("k", "kept") end):join()
collectgarbage()
print(shared.map("x"):get("k"), tostring(shared.map("x"))) --> kept	map: x (1 key)
print(thread.spawn(function(m) return m == shared.map("x"), m:get("k") end, shared.map("x")):join()) --> true	kept
shared.map("a\0b"):set(1, 2)
print(shared.map("a\0b"):get(1), shared.map("a"):get(1), shared.map(""):get(1)) --> 2	nil	nil
print(pcall(shared.map, 7)) --> false	bad argument #1 to 'map' (string expected, got number)
