-- Tables arrive as they were, whatever way their parts lie in memory: grown, shrunk, with holes, of one kind or mixed.
local function same(a, b)
  if math.type(a) ~= math.type(b) or type(a) ~= type(b) then return false end
  if type(a) ~= "table" then return a == b end
  for k, v in pairs(a) do if not same(v, b[k]) then return false end end
  for k in pairs(b) do if a[k] == nil then return false end end
  return true
end

local function value(i)
  local kind = math.random(8)
  if kind == 1 then return i + 0.5 end
  if kind == 2 then return i + 0.0 end
  if kind == 3 then return ("s"):rep(math.random(0, 300)) end
  if kind == 4 then return i % 2 == 0 end
  if kind == 5 then return {i} end
  return math.random(0)
end

local function list(n, of) local t = {} for i = 1, n do t[i] = of(i) end return t end
local function integer(i) return -i * 1000003 end

local makers = {
  function(n) return list(n, integer) end,
  function(n) return list(n, value) end,
  function(n) return table.pack(table.unpack(list(n, integer))) end,
  function(n) return {table.unpack(list(n, integer))} end,
  function(n) local t = list(n, integer) for i = n, n // 2, -1 do t[i] = nil end return t end,
  function(n) local t = list(n, integer) for _ = 1, n // 3 do table.remove(t) end return t end,
  function(n) local t = list(n, integer) for _ = 1, n // 3 do t[math.random(n)] = nil end return t end,
  function(n) local t = list(n, integer) for i = 1, n // 3 do t[math.random(n)] = value(i) end return t end,
  function(n) local t = {} for i = n, 1, -1 do t[i] = i end return t end,
  function(n) local t = {} for i = -n, n, 3 do t[i] = i end return t end,
  function(n) local t = list(n, integer) for i = 1, n, 2 do t["k" .. i] = value(i) end return t end,
  function(n) local t = {} for i = 1, n do local k = value(i) t[type(k) == "table" and i or k] = value(i) end return t end,
  function(n) local t = list(n, value) t[#t + 1] = list(n, integer) t.x = list(2 * n, integer) return t end,
}

local ch = channel.new()
local back = channel.new()
local echo = thread.spawn(function() for t in ch do back:send(t) end end)
local wrong = 0
for round = 1, 40 do
  for number, make in ipairs(makers) do
    for _, n in ipairs {0, 1, 3, round, 16, 17, 64, 100, round * 11} do
      local t = make(n)
      ch:send(t)
      local u = back:recv()
      if not same(t, u) then
        wrong = wrong + 1
        print("differs", number, n)
      end
      -- Whoever receives it may go on with it as with any other.
      u[#u + 1] = 1
      u[#u + 1] = "x"
      u.more = true
      if u.more ~= true or #u < 2 then print("broken", number, n) end
    end
  end
end
ch:close()
echo:join()
print(wrong) --> 0

-- A dead key is not sent, a long string as a key is.
local long = ("k"):rep(100)
local t = {a = 1, b = 2, [long] = 3}
t.a = nil
ch = channel.new()
ch:send(t)
t = ch:recv()
print(t.a, t.b, t[long], next({})) --> nil	2	3	nil
