-- Counts the words of text files, however large, in child processes, and prints the most frequent ones.
--
--   luaconc scripts/wordcount.lua FILE...        the ten most frequent
--   luaconc scripts/wordcount.lua -n 3 FILE...   the three most frequent
--
-- The files are read in pieces of a few MiB that end where a word does. A piece is not read before a process wants it,
-- so the memory that is used does not depend on the size of the files.

local top, first = 10, 1
if arg[1] == "-n" then top, first = math.tointeger(tonumber(arg[2])), 3 end
if not top or top < 1 or not arg[first] then
  io.stderr:write("usage: luaconc wordcount.lua [-n NUMBER] FILE...\n")
  os.exit(2)
end

local PIECE <const> = 4 << 20

--- The pieces of all files, one after the other: where each begins, and how long it is.
local function pieces(names)
  return coroutine.wrap(function()
    for _, name in ipairs(names) do
      local file <close> = assert(io.open(name, "rb"))
      local size, start = file:seek("end"), 0
      while start < size do
        local stop = math.min(start + PIECE, size)
        file:seek("set", stop)
        local byte = file:read(1)
        while byte and byte:find("[%w\128-\255]") do
          stop = stop + 1
          byte = file:read(1)
        end
        coroutine.yield({name = name, start = start, length = stop - start})
        start = stop
      end
    end
  end)
end

--- Counts the words of one piece; runs in a child process.
local function count(piece)
  local file <close> = assert(io.open(piece.name, "rb"))
  file:seek("set", piece.start)
  local words = {}
  for word in file:read(piece.length):lower():gmatch("[%w\128-\255]+") do words[word] = (words[word] or 0) + 1 end
  return words
end

local total, words = 0, {}
do
  local pool <close> = process.pool()
  for found in pool:imap_unordered(count, pieces(table.move(arg, first, #arg, 1, {}))) do
    for word, times in pairs(found) do
      words[word] = (words[word] or 0) + times
      total = total + times
    end
  end
end

local ranked = {}
for word in pairs(words) do ranked[#ranked + 1] = word end
table.sort(ranked, function(a, b)
  if words[a] ~= words[b] then return words[a] > words[b] end
  return a < b
end)
print(("%d words, %d of them different"):format(total, #ranked))
for i = 1, math.min(top, #ranked) do print(("%9d  %s"):format(words[ranked[i]], ranked[i])) end
