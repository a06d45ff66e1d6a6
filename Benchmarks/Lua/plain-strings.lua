-- Plain string building: concatenation, string.format, table.concat and gsub with a callback, as in a report writer.
-- Usage: luaconc plain-strings.lua [lines]    Prints: ns_per_op (CPU time of one line, fastest of ten passes)

local n = tonumber(arg[1]) or 8000

local function report(count)
  local lines = {}
  for i = 1, count do
    lines[i] = "line " .. i .. ": " .. string.format("%05d %.3f", i, i / 7)
  end
  local text = table.concat(lines, "\n")
  local words = 0
  text = text:gsub("line", function() words = words + 1 return "LINE" end)
  assert(words == count)
  return text
end

report(n) -- warm-up

local best = math.huge
for _ = 1, 10 do
  local start = os.clock()
  report(n)
  best = math.min(best, os.clock() - start)
end
print("ns_per_op", best / n * 1e9)
