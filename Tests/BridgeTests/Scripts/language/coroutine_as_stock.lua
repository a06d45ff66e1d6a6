-- The functions of `coroutine` are luaconc's own, and do what those of lua5.4 do.
local co = coroutine.create(function(a, b)
  local c, d = coroutine.yield(a + b, "first")
  local e = coroutine.yield(c .. d)
  return e, nil, "last"
end)
print(coroutine.status(co), coroutine.resume(co, 1, 2)) --> suspended	true	3	first
print(coroutine.status(co), coroutine.resume(co, "x", "y")) --> suspended	true	xy
print(coroutine.resume(co, true)) --> true	true	nil	last
print(coroutine.status(co), coroutine.resume(co)) --> dead	false	cannot resume dead coroutine
print(select("#", coroutine.resume(coroutine.create(function() return nil, nil end)))) --> 3

-- The main chunk is the main coroutine.
local main, is_main = coroutine.running()
print(type(main), is_main, coroutine.status(main), coroutine.isyieldable()) --> thread	true	running	false
print(coroutine.resume(main)) --> false	cannot resume non-suspended coroutine
print(pcall(coroutine.yield, 1)) --> false	attempt to yield from outside a coroutine
print(pcall(coroutine.close, main)) --> false	cannot close a running coroutine

-- Within one.
local inner
inner = coroutine.create(function()
  local me, is_main = coroutine.running()
  local outside = coroutine.create(function() return coroutine.status(inner) end)
  local _, status = coroutine.resume(outside)
  return me == inner, is_main, coroutine.isyieldable(), coroutine.status(inner), status, coroutine.resume(inner)
end)
print(coroutine.resume(inner)) --> true	true	false	true	running	normal	false	cannot resume non-suspended coroutine

-- wrap, with values, ends and errors.
local gen = coroutine.wrap(function(...) for i = 1, select("#", ...) do coroutine.yield(i, (select(i, ...))) end end)
print(gen("a", nil, "c")) --> 1	a
print(gen()) --> 2	nil
print(gen()) --> 3	c
print(select("#", gen())) --> 0
print(pcall(gen)) --> false	cannot resume dead coroutine
print(pcall(coroutine.wrap(function() error("text") end))) --> false	coroutine_as_stock.lua:37: text
print(pcall(coroutine.wrap(function() error({ 1 }) end)) == false) --> true
print(pcall(coroutine.wrap(function() error("exact", 0) end))) --> false	exact
print(pcall(coroutine.wrap(function() local x = nil; x() end)))
--> false	coroutine_as_stock.lua:40: attempt to call a nil value (local 'x')

-- Errors leave it dead; its value is what was raised.
local value = {}
co = coroutine.create(function() error(value) end)
local ok, raised = coroutine.resume(co)
print(ok, raised == value, coroutine.status(co), coroutine.resume(co)) --> false	true	dead	false	cannot resume dead coroutine
print(coroutine.close(co) == false, coroutine.close(coroutine.create(print))) --> true	true

-- close runs what is to be closed, with the error that came of it.
local log = {}
local function closing(name, fails)
  return setmetatable({}, { __close = function(_, e)
    log[#log + 1] = name .. " " .. tostring(e)
    if fails then error(name .. " failed", 0) end
  end })
end
co = coroutine.create(function()
  local a <close> = closing("a")
  local b <close> = closing("b", true)
  local c <close> = closing("c")
  coroutine.yield()
end)
coroutine.resume(co)
print(coroutine.close(co)) --> false	b failed
print(coroutine.status(co), table.concat(log, "; ")) --> dead	c nil; b nil; a b failed

-- Yields through pcall, metamethods, iterators, sort is refused.
local function run(fn, ...)
  local co = coroutine.create(fn)
  local all = {}
  local ok, v = coroutine.resume(co, ...)
  while ok and coroutine.status(co) == "suspended" do
    all[#all + 1] = tostring(v)
    ok, v = coroutine.resume(co, v)
  end
  all[#all + 1] = tostring(v)
  return table.concat(all, " "), ok
end
print(run(function() return pcall(function() coroutine.yield(1) error("after", 0) end) end)) --> 1 false	true
print(run(function() return select(2, xpcall(function() coroutine.yield(1) error("x", 0) end, string.upper)) end)) --> 1 X	true
local meta = { __add = function(a, b) return coroutine.yield("add") end, __index = function(_, k) return coroutine.yield(k) end,
  __eq = function() return coroutine.yield("eq") end, __lt = function() return coroutine.yield("lt") end,
  __concat = function() return coroutine.yield("concat") end, __call = function(_, x) return coroutine.yield(x) end,
  __len = function() return coroutine.yield("len") end, __newindex = function() coroutine.yield("newindex") end }
local a, b = setmetatable({}, meta), setmetatable({}, meta)
print(run(function() a.k = 1 return tostring(a + b) .. a.key .. tostring(a == b) .. tostring(a < b) .. (a .. b) .. a(7) .. #a end))
--> newindex add key eq lt concat 7 len addkeytruetrueconcat7len	true
print(run(function() for v in function(_, i) return coroutine.yield((i or 0) + 1) end do if v == 3 then return "end" end end end))
--> 1 2 3 end	true
print(run(function() table.sort({ 3, 2, 1 }, function(x, y) coroutine.yield() return x < y end) end))
--> attempt to yield across a C-call boundary	false
print(run(function() return ("abc"):gsub(".", function() coroutine.yield() end) end))
--> attempt to yield across a C-call boundary	false
print(run(function() local t <close> = setmetatable({}, { __close = function() coroutine.yield("closing") end }) return "out" end))
--> closing out	true
print(run(function() return load(function() coroutine.yield() end) end)) --> nil	true

-- Very deep: as many as there is room for, then an error, not a crash.
local function nest(n) return n == 0 and "bottom" or coroutine.wrap(nest)(n - 1) end
print(nest(100)) --> bottom
local ok, e = pcall(nest, 1e6)
print(ok, e:match("C stack overflow")) --> false	C stack overflow
