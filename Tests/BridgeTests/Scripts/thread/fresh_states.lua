-- Every thread has a state as fresh as the main thread's, however many came before, and changes only its own.
local function look(...)
  local names = {}
  local function add(prefix, t)
    for key, value in pairs(t) do
      assert(rawequal(t[key], value))
      names[#names + 1] = prefix .. tostring(key) .. " " .. type(value)
    end
  end
  add("", _G)
  for name, module in pairs(package.loaded) do
    if type(module) == "table" then add(name .. ".", module) end
  end
  local list = getmetatable("").__index == string and select("#", ...)
  table.sort(names)
  names = table.concat(names, "\n")
  for i = 1, 500 do
    _G["global" .. i] = { i }
    string["member" .. i] = i
  end
  collectgarbage()
  return names, list, math.random(0), _VERSION, coroutine.wrap(function() return task.current() ~= nil end)()
end

local function only(t)
  local count = 0
  for _ in pairs(t) do count = count + 1 end
  return count
end

local seen, numbers = {}, {}
local function note(names, list, number, ...)
  seen[names .. "|" .. tostring(list)] = true
  numbers[number] = true
  return ...
end

for i = 1, 40 do note(thread.spawn(look, 1, 2):join()) end
local threads = {}
for i = 1, 40 do threads[i] = thread.spawn(look, 1, 2) end
for i = 1, 40 do note(threads[i]:join()) end
print(only(seen), only(numbers)) --> 1	80
print(note(look(1, 2))) --> Lua 5.4	true
print(only(seen), only(numbers)) --> 1	81
