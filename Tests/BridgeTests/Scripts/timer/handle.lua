-- A timer's handle has its name, prints like other handles, and is the same object wherever it appears.
local named = timer.after({name = "egg"}, 3600, print)
print(named.name, tostring(named):match("^timer: egg")) --> egg	timer: egg
print(named == named, named == timer.after(0, function() end)) --> true	false
print(tostring(timer.every({times = 1}, 0.05, function() end)):match("^timer: ")) --> timer:
print(named.count, named.missed, named.errors) --> 0	0	0
print(named:cancel()) --> true
print(named.name) --> egg
