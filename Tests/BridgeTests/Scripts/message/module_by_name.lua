-- A required Lua module, and what is a member of it, travels by name: the target has its own, with its own state.
local tally = require "tally"
local greet = require "greet"
tally.add(5)
greet("main")

-- The module as an upvalue.
print(thread.spawn(function() return tally == require "tally", tally.add(1), tally.calls() end):join()) --> true	1	1
print(tally.count, tally.calls()) --> 5	1

-- A member function is the target's, bound to the target's state.
print(thread.spawn(function(add)
  add(2)
  local t = require "tally"
  return add == t.add, t.count, t.calls()
end, tally.add):join()) --> true	2	1
print(thread.spawn(tally.add, 7):join(), tally.count) --> 7	5

-- A member table, a module that is a function, a module in a table and as a key.
print(thread.spawn(function(limits) return limits == require("tally").limits, limits.most end, tally.limits):join()) --> true	10
print(thread.spawn(function(g) return g("dum"), g == require "greet" end, greet):join()) --> hello dum 1	true
print(thread.spawn(function(t) return t.m == require "tally", t[t.m] end, { m = tally, [tally] = "key" }):join()) --> true	key

-- On the way back it is the source's own again.
local back, add = thread.spawn(function() return tally, tally.add end):join()
print(back == tally, add == tally.add, add(1)) --> true	true	6

-- A module that only the thread has required arrives too.
print(thread.spawn(function() return require "account" end):join() == require "account") --> true

-- Through a global, as old code has it; and in channel messages.
counter = tally
print(thread.spawn(function() return counter == require "tally", counter.count end):join()) --> true	0
local ch = channel.new()
ch:send(tally)
ch:send(tally.add)
print(ch:recv() == tally, ch:recv() == tally.add) --> true	true
