-- Stress: a thousand threads, each with a function, a table and a channel of its own; every result is its own.
local ch = channel.new()
local wrong = 0
for i = 1, 125 do
  local group = {}
  for j = 1, 8 do
    local k = i * 8 + j
    local list = { k, { k } }
    list.self = list
    group[j] = thread.spawn(function(t, ...)
      ch:send(k)
      return t.self == t and t[2][1] + select("#", ...), t
    end, list, nil, nil)
  end
  for j = 1, 8 do
    local n, t = group[j]:join()
    if n ~= i * 8 + j + 2 or t.self ~= t or t[1] ~= i * 8 + j then wrong = wrong + 1 end
    ch:recv()
  end
end
print(wrong, #ch) --> 0	0
