-- keys and pairs give the keys of one moment.
local m = shared.map()
for i = 1, 100 do m:set(i, i * i) end
m:set("t", {1})
local n, sum = 0, 0
for k, v in pairs(m) do
  n = n + 1
  if k == "t" then sum = sum + v[1] else sum = sum + v - k * k end
  m:delete(k)
  m:set("new " .. n, true)
end
print(n, sum, #m) --> 101	1	101
local keys = m:keys()
print(#keys, type(keys[1])) --> 101	string
-- Two walks at a time.
local small = shared.map()
small:set(1, "a") small:set(2, "b")
local seen = {}
for k in pairs(small) do for l in pairs(small) do seen[#seen + 1] = k .. l end end
table.sort(seen)
print(table.concat(seen, " ")) --> 11 12 21 22
for k, v in pairs(shared.map()) do print("never") end

-- A snapshot shows one moment: of two keys that are set in turn the second is never ahead.
local a, stop = shared.map(), sync.event()
local writer = thread.spawn(function()
  local n = 0
  repeat
    n = n + 1
    a:set("first", n)
    a:set("second", n)
  until stop:is_set()
end)
local wrong = 0
for _ = 1, 200 do
  local copy = {first = 0, second = 0}
  for k, v in pairs(a) do copy[k] = v end
  local ahead = copy.first - copy.second
  if ahead ~= 0 and ahead ~= 1 then wrong = wrong + 1 end
end
stop:set()
writer:join()
print(wrong) --> 0
