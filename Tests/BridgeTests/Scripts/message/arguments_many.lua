-- Hundreds of arguments and results arrive, in threads that are fresh and in those that follow them.
local function echo(...) return ... end
local function count(...) return select("#", ...) end

for _, n in ipairs { 19, 20, 21, 39, 40, 41, 100, 200, 240, 1000, 20000 } do
  local list = {}
  for i = 1, n do list[i] = { i } end
  local right = 0
  for _ = 1, n < 1000 and 5 or 1 do
    local back = table.pack(thread.spawn(echo, table.unpack(list)):join())
    if back.n == n and back[1][1] == 1 and back[n][1] == n then right = right + 1 end
    assert(thread.spawn(count):join() == 0)
  end
  io.write(n, ":", right, " ")
end
print() --> 19:5 20:5 21:5 39:5 40:5 41:5 100:5 200:5 240:5 1000:1 20000:1

-- Results that the thread makes itself, and those of a task.
print(count(thread.spawn(function() return table.unpack({}, 1, 500) end):join())) --> 500
print(count(task.spawn(function(...) return ... end, table.unpack({}, 1, 500)):join())) --> 500
