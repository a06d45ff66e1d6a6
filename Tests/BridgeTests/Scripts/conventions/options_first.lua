-- Options come first, in a table, and are not handed to the function.
local function count(...) return select("#", ...), ... end

print(thread.spawn({ name = "dum" }, count, 1, 2):join()) --> 2	1	2
print(task.spawn({ name = "tis" }, count, nil, nil):join()) --> 2	nil	nil
print(thread.spawn({}, count):join()) --> 0
print(task.spawn({}, count):join()) --> 0

-- A table after the function is an argument like any other.
print(thread.spawn(function(t) return t.name end, { name = "argument" }):join()) --> argument
timer.after({ name = "once" }, 0, function(...) print(count(...)) end, "x", nil):join() --> 2	x	nil
print(thread.spawn({ name = "dum" }, function() return thread.current().name end):join()) --> dum
print(task.spawn({ name = "tis" }, function() return task.current().name end):join()) --> tis
