-- Strings and tables of half a KiB to two KiB, whose memory a state keeps for the next ones, never share a byte.
local function text(length, seed)
  return (("%08x"):format(length * 31 + seed):rep(length // 8 + 1):sub(1, length))
end

local strings, tables = {}, {}
for round = 1, 6 do
  for length = 480, 2100 do
    local old = strings[length]
    if old then assert(old == text(length, round - 1), length) end
    strings[length] = (length + round) % 3 > 0 and text(length, round) or nil
  end
  for size = 28, 140 do
    local list = tables[size]
    for i, value in ipairs(list or {}) do assert(value == size * round + i, size) end
    list = {}
    for i = 1, size do list[i] = size * (round + 1) + i end
    tables[size] = list
  end
  for length = 480, 2100 do
    strings[length] = strings[length] or text(length, round)
  end
  collectgarbage(round % 2 == 0 and "collect" or "step")
end
print("ok") --> ok

-- They count for the limit of a thread as long as they are in use, and no longer.
local limited = thread.spawn({ memory = "4M" }, function()
  for i = 1, 20000 do local _ = text(1024, i) end
  local kept = {}
  for i = 1, 20000 do kept[i] = text(1024, i) end
end)
print((limited:wait())) --> failed
local _, e = pcall(limited.join, limited)
print(e.kind) --> memory
