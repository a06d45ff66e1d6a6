-- Of threads that join one another in a ring, the one that closes it gets kind deadlock; the other gets its result.
for _ = 1, 20 do
  local function body()
    local other = thread.inbox:recv()
    local ok, e = pcall(other.join, other)
    if ok then return "joined" end
    assert(e.message:find("deadlock: ", 1, true) and e.message:find("a -> b", 1, true), e.message)
    return e.kind
  end
  local a, b = thread.spawn({name = "a"}, body), thread.spawn({name = "b"}, body)
  a:send(b)
  b:send(a)
  local results = {(a:join()), (b:join())}
  table.sort(results)
  assert(table.concat(results, " ") == "deadlock joined", table.concat(results, " "))
end
print("every ring was broken once") --> every ring was broken once

-- A ring of three, with a task of the main thread waiting outside of it.
local function next_in_ring()
  local other = thread.inbox:recv()
  local ok, e = pcall(other.join, other)
  return ok and "joined" or e.kind
end
local ring = {}
for i = 1, 3 do ring[i] = thread.spawn({name = "t" .. i}, next_in_ring) end
for i = 1, 3 do ring[i]:send(ring[i % 3 + 1]) end
local results = {}
for i = 1, 3 do results[i] = ring[i]:join() end
table.sort(results)
print(table.concat(results, " ")) --> deadlock joined joined
