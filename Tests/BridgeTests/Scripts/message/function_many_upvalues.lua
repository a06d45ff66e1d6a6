-- Functions with hundreds of upvalues between them arrive with all of them.
local function generate(prefix, first, last)
  local names, lines = {}, {}
  for i = first, last do
    names[#names + 1] = prefix .. i
    lines[#lines + 1] = ("local %s%d = %d"):format(prefix, i, i)
  end
  lines[#lines + 1] = "return function() return " .. table.concat(names, " + ") .. " end"
  return load(table.concat(lines, "\n"))()
end

local f, g = generate("a", 1, 150), generate("b", 151, 300)
print(f() + g()) --> 45150
print(thread.spawn(function(x, y) return x() + y() end, f, g):join()) --> 45150

-- 250 in one function: its locals are those of two enclosing ones.
local names = {}
local outer, inner = {}, {}
for i = 1, 250 do
  names[i] = "c" .. i
  local target = i <= 125 and outer or inner
  target[#target + 1] = ("local c%d = %d"):format(i, i)
end
local source = table.concat(outer, "\n") .. "\nreturn (function()\n" .. table.concat(inner, "\n")
  .. "\nreturn function() c250 = c250 + 1 return " .. table.concat(names, " + ") .. " end end)()"
local h = load(source)()
print(debug.getinfo(h, "u").nups) --> 250
print(thread.spawn(h):join()) --> 31376
print(thread.spawn(function(k) k() return k end, h):join()()) --> 31377

-- 300 functions that share one upvalue.
local n, list = 0, {}
for i = 1, 300 do list[i] = function() n = n + i end end
list.get = function() return n end
print(thread.spawn(function(t)
  for i = 1, 300 do t[i]() end
  return t.get()
end, list):join(), n) --> 45150	0
