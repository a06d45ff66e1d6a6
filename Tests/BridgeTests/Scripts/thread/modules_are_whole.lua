-- Modules are whole for whoever reads, lists or changes them, in the main state and in threads, whatever is done first.
-- What a metamethod is called with does no harm.
print(pcall(getmetatable(sched).__index, 5, "x")) --> false	bad argument #1 to '__index' (table expected, got number)
print(thread.spawn(function() return pcall(getmetatable(sync).__pairs) end):join())
--> false	bad argument #1 to '__pairs' (table expected, got no value)
print(thread.spawn(function() return select(2, pcall(function() sync[nil] = 1 end)) end):join())
--> modules_are_whole.lua:6: index is nil
print(thread.spawn(function() return select(2, pcall(function() timer[0 / 0] = 1 end)) end):join())
--> modules_are_whole.lua:8: index is NaN

local function look()
  process.run = nil
  sync.lock = "mine"
  sched.every = nil
  shared.mine = 1
  local functions = 0
  for _, value in pairs(channel) do functions = functions + (type(value) == "function" and 1 or 0) end
  return process.run, type(process.spawn), sync.lock, type(sync.event), sched.every, type(sched.new),
    shared.mine, type(shared.map), functions > 1, timer.nothing, type(timer.after)
end

local expected = table.pack(look())
print(table.unpack(expected, 1, expected.n)) --> nil	function	mine	function	nil	function	1	function	true	nil	function
local got = table.pack(thread.spawn(look):join())
print(table.unpack(got, 1, got.n)) --> nil	function	mine	function	nil	function	1	function	true	nil	function

-- Properties are there before any function is.
print(thread.spawn(function() return thread.inbox == thread.current().inbox, timer.now ~= nil end):join()) --> true	true

-- A function is the same in every state, and is known by its name there.
print(thread.spawn(function(f) return f == timer.after, f == timer["after"] end, timer.after):join()) --> true	true
