-- Histories of random calls by four threads have an order that a plain table could have seen: each call takes effect at
-- one moment between its begin and its end.
local m = shared.map()

local function worker(seed, go, keys, steps)
  math.randomseed(seed)
  local history = {}
  go:wait()
  for step = 1, steps do
    local key, a, b = keys[math.random(#keys)], math.random(3), math.random(3)
    if a == 3 then a = nil end
    local op = ({"get", "set", "incr", "cas", "update", "delete", "count"})[math.random(7)]
    local call = {op = op, key = key, a = a, b = b}
    call.begin = timer.now()
    if op == "get" then call.result = m:get(key)
    elseif op == "set" then m:set(key, a)
    elseif op == "incr" then call.result = m:incr(key, b)
    elseif op == "cas" then call.result = m:cas(key, a, b)
    elseif op == "update" then
      call.result = m:update(key, function(old)
        if step % 2 == 0 then sleep(0) end
        return (old or 0) * 2 + b
      end)
    elseif op == "delete" then call.result = m:delete(key)
    elseif op == "count" then call.result = #m end
    call.finish = timer.now()
    history[step] = call
  end
  return history
end

-- What a plain table would do.
local function table_model()
  local values = {}
  return {
    try = function(call)
      local key, old = call.key, values[call.key]
      local new, result = old, nil
      if call.op == "get" then result = old
      elseif call.op == "set" then new = call.a
      elseif call.op == "incr" then new = (old or 0) + call.b result = new
      elseif call.op == "cas" then
        result = old == call.a
        if result then new = call.b end
      elseif call.op == "update" then new = (old or 0) * 2 + call.b result = new
      elseif call.op == "delete" then result = old ~= nil new = nil
      elseif call.op == "count" then
        result = 0
        for _ in pairs(values) do result = result + 1 end
      end
      if result ~= call.result then return nil end
      values[key] = new
      return function() values[key] = old end
    end,
    state = function() return tostring(values.a) .. "," .. tostring(values.b) end,
  }
end
local function explains(histories) return require "histories"(histories, table_model()) end

-- The checker itself finds what is wrong.
local function at(op, begin, finish, result, a, b)
  return {op = op, key = "a", begin = begin, finish = finish, result = result, a = a, b = b}
end
print(explains {{at("set", 1, 2, nil, 1)}, {at("get", 3, 4, 1)}}) --> true
print(explains {{at("set", 1, 2, nil, 1)}, {at("get", 3, 4, nil)}}) --> false
print(explains {{at("set", 1, 5, nil, 1)}, {at("get", 3, 4, nil)}}) --> true
print(explains {{at("incr", 1, 5, 1, nil, 1)}, {at("incr", 1, 5, 1, nil, 1)}}) --> false

local wrong = 0
for round = 1, 30 do
  for _, key in ipairs(m:keys()) do m:delete(key) end
  local go = sync.event()
  local threads = {}
  for i = 1, 4 do
    threads[i] = thread.spawn(worker, round * 10 + i, go, round % 2 == 0 and {"a", "b"} or {"a"}, 12)
  end
  go:set()
  local histories = {}
  for i, t in ipairs(threads) do histories[i] = t:join() end
  if not explains(histories) then wrong = wrong + 1 end
end
print(wrong) --> 0
