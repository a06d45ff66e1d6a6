-- Strings are byte-exact: every byte value, embedded zeros, the empty string, text that is not UTF-8.
local bytes = {}
for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end
local all = table.concat(bytes)
local samples = {
  "", "\0", "\0\0\0", "a\0b", "a\0", "\0a", all, all:reverse(), all:rep(40), "\xff\xfe", "\xc3", "\u{10FFFF}", "naïve ☃",
  ("x"):rep(39), ("x"):rep(40), ("x"):rep(41), ("\0"):rep(255), ("y"):rep(256), ("z"):rep(65535), ("w"):rep(65537),
}

local function echo(...) return ... end
local back = table.pack(thread.spawn(echo, table.unpack(samples)):join())
local in_table = thread.spawn(echo, samples):join()
local ch = channel.new()
local same = 0
for i, s in ipairs(samples) do
  ch:send(s)
  if back[i] == s and in_table[i] == s and #back[i] == #s and ch:recv() == s then same = same + 1 end
end
print(same == #samples, #thread.spawn(echo, all):join()) --> true	256

-- As table keys, too.
local keyed = {}
for i, s in ipairs(samples) do keyed[s] = i end
local copy = thread.spawn(echo, keyed):join()
same = 0
for i, s in ipairs(samples) do if copy[s] == i then same = same + 1 end end
print(same == #samples) --> true

-- A number that is a string is not made a number.
print(math.type(thread.spawn(echo, "10"):join())) --> nil
