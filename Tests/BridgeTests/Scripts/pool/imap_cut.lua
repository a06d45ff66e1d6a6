--! args: --simulate 1h
-- An iterator that a deadline has cut goes on with what it had taken from its source; only the item that the source was
-- making is its own affair.
local pool <close> = thread.pool(1)
local n = 0
local function source()
  sleep(0.01)
  n = n + 1
  return n <= 20 and n or nil
end
local it, _, _, closing = pool:imap({chunk = 4}, function(x) return x end, source)
local closing <close> = closing
local results = {}
while true do
  local ok, v = pcall(task.timeout, 0.025, it)
  if ok and v == nil then break end
  if ok then results[#results + 1] = v end
end
print(#results, table.concat(results, " ")) --> 20	1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20
