-- A function of a built-in module goes by name to a state that has not used that module yet.
local enter, queue = sched.enter, sched.queue
print(thread.spawn(function(fn) return fn == sched.enter, queue == sched.queue end, enter):join()) --> true	true
print(thread.spawn(function(fn) return #fn() end, queue):join()) --> 0
local ok, e = pcall(function() return thread.spawn(function(fn) return fn end, sched.new):join() == sched.new end)
print(ok, e) --> true	true
