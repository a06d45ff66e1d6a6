-- A script's own yields cross pcall, metamethods, iterators and close handlers, and stop at C calls, as in stock Lua.
local yield = coroutine.yield
local object = setmetatable({}, {
  __index = function(_, k) return yield("index " .. k) end,
  __newindex = function(_, k) yield("newindex " .. k) end,
  __call = function(_, x) return yield("call " .. x) end,
  __add = function() return yield("add") end,
  __eq = function() return yield("eq") end,
  __lt = function() return yield("lt") end,
  __concat = function() return yield("concat") end,
  __len = function() return yield("len") end,
})
local other = setmetatable({}, getmetatable(object))

local function drive(fn)
  local co = coroutine.wrap(fn)
  local value, step = co(), 0
  while value do
    step = step + 1
    io.write(value, "; ")
    value = co(step)
  end
  print()
end

drive(function() object.b = object.a + #object end) --> index a; len; newindex b;
drive(function() object("x"); local _ = object == other, object < other, object .. "s", object + 1 end)
--> call x; eq; lt; concat; add;
drive(function()
  for i in function(_, i) return yield("next") < 3 and i or nil end, nil, 1 do io.write(i, "; ") end
end)
--> next; 1; next; 1; next;
drive(function()
  local ok, message = pcall(function() yield("in pcall") error("after", 0) end)
  yield(message)
  yield(select(2, xpcall(function() yield("in xpcall") error("x", 0) end, function(m) return "handled " .. m end)))
end)
--> in pcall; after; in xpcall; handled x;
drive(function()
  local guard <close> = setmetatable({}, {__close = function() yield("in close") end})
  yield("body")
end)
--> body; in close;

print(coroutine.resume(coroutine.create(function() table.sort({1, 2, 3}, function() yield() end) end)))
--> false	attempt to yield across a C-call boundary
print(coroutine.resume(coroutine.create(function() return ("x"):gsub("x", function() yield() end) end)))
--> false	attempt to yield across a C-call boundary
