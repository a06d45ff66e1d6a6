-- The traceback of work that failed names functions as `debug.traceback` does, whatever they are and however deep.
local function fail(c, depth)
  function raise() c:send(debug.traceback("", 0)) error("failed") end
  local object = {}
  function object.method() raise() end
  function object:other() local x = object.method() return x end
  package.loaded["a.module"] = { [1] = raise, member = function() local x = object:other() return x end }
  package.loaded.whole = function() local x = package.loaded["a.module"].member() return x end
  local function tail() return package.loaded.whole() end
  local function deeper(n)
    if n > 0 then
      local x = deeper(n - 1)
      return x
    end
    string.gsub("a", "a", function() local x = tail() return x end)
  end
  deeper(depth)
end

for _, depth in ipairs { 0, 3, 8, 9, 10, 11, 12, 13, 40 } do
  local c = channel.new(1)
  for _, module in ipairs { thread, task } do
    local ok, e = pcall(function() module.spawn(fail, c, depth):join() end)
    local expected = c:recv():gsub("debug%.traceback", "error"):sub(2)
    print(depth, ok, e.traceback:sub(1, #expected) == expected or e.traceback .. "\n" .. expected)
  end
end
--> 0	false	true
--> 0	false	true
--> 3	false	true
--> 3	false	true
--> 8	false	true
--> 8	false	true
--> 9	false	true
--> 9	false	true
--> 10	false	true
--> 10	false	true
--> 11	false	true
--> 11	false	true
--> 12	false	true
--> 12	false	true
--> 13	false	true
--> 13	false	true
--> 40	false	true
--> 40	false	true
