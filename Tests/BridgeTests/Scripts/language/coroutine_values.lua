-- Values travel through resume, yield and wrap as in stock Lua, nils and empty lists included.
local co = coroutine.create(function(...)
  print("start", ...)
  print("again", coroutine.yield(...))
  print("third", select("#", coroutine.yield()))
  return nil, "end", nil
end)
print(coroutine.status(co)) --> suspended
print(coroutine.resume(co, 1, nil, 3))
--> start	1	nil	3
--> true	1	nil	3
print(coroutine.resume(co))
--> again
--> true
print(coroutine.resume(co, nil, nil))
--> third	2
--> true	nil	end	nil
print(coroutine.status(co)) --> dead
print(coroutine.resume(co)) --> false	cannot resume dead coroutine

local many = coroutine.wrap(function(...)
  coroutine.yield(select("#", ...))
  coroutine.yield(table.unpack({...}, 1, 200))
end)
local list = {}
for i = 1, 200 do list[i] = i end
print(many(table.unpack(list))) --> 200
print(select(200, many())) --> 200

local function range(n)
  return coroutine.wrap(function()
    for i = 1, n do coroutine.yield(i) end
  end)
end
local sum = 0
for i in range(100) do sum = sum + i end
print(sum) --> 5050

local wrapped = coroutine.wrap(function() return "done" end)
print(wrapped()) --> done
print(pcall(wrapped)) --> false	cannot resume dead coroutine
