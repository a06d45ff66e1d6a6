-- A group ends as one: leaving its block waits for all of it.
local done = {}
do
  local g <close> = task.group()
  local a = g:task({name = "a"}, function() sleep(0.02) done[#done + 1] = "a" return 1 end)
  local b = g:thread({name = "b"}, function(x) sleep(0.01) return x * 2 end, 21)
  print(a.kind, a.name, b.kind, b.name, #g) --> task	a	thread	b	2
  print(b:join()) --> 42
end
print(done[1]) --> a

-- join waits for all, and more may come afterwards.
local g = task.group()
g:task(sleep, 0.01)
g:join()
g:task(sleep, 0.01)
g:join()
print(#g, tostring(g)) --> 0	group: 0 running
print(pcall(g.join, g, 0)) --> true

local g = task.group()
g:task(sleep, 1000)
local ok, e = pcall(g.join, g, 0.01)
print(ok, e.kind, #g) --> false	timeout	1
g:cancel("enough")
g:join()
print(#g) --> 0

-- What runs in a group may bring in more while the end of the block waits, and is waited for.
local last
do
  local g <close> = task.group()
  g:task(function()
    sleep(0.01)
    g:task(function() sleep(0.01) last = "spawned while leaving" end)
  end)
end
print(last) --> spawned while leaving
do
  local g <close> = task.group{limit = 1}
  g:task(function()
    task.spawn(function() g:task(function() sleep(0.01) last = "waited for a place while leaving" end) end)
    sleep(0.01)
  end)
end
print(last) --> waited for a place while leaving

-- A group that has ended takes no more.
local ended
do
  local g <close> = task.group()
  ended = g
end
print(select(2, pcall(ended.task, ended, print))) --> the group has ended
print(pcall(task.group, {limt = 1}))
--> false	bad argument #1 to 'group' (unknown option 'limt' (known options: limit))
print(pcall(task.group, {limit = 0}))
--> false	bad argument #1 to 'group' (option 'limit': 1 or more expected, got 0)
print(pcall(function() task.group():task(42) end))
--> false	group.lua:59: bad argument #1 to 'task' (function expected, got number)
--! args: --simulate 1d
