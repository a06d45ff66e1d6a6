-- A global of the script that holds a function of the standard library is the script's own, and comes along by name.
log, pick, G = print, string.sub, _G
print(thread.spawn(function(p) log("hi") return log == p, log == print, pick == string.sub, G == _G end, print):join())
--> hi
--> true	true	true	true
local m = { print = print }
package.loaded.m = m
print(thread.spawn(function(p) return p == print, package.loaded.m end, print):join()) --> true	nil
package.loaded.m = nil

-- So is one that holds a module, under the module's name as under another.
tally = require("tally")
print(thread.spawn(function() return type(tally), tally == require("tally") end):join()) --> table	true

-- A C function that is in no module is none, whatever global holds it.
gen = coroutine.wrap(function() coroutine.yield(1) end)
local ch = channel.new()
print(pcall(ch.send, ch, { gen })) --> false	cannot send value: value[1] is a C function
print(pcall(thread.spawn, print, gen)) --> false	cannot send value: args[1] is a C function
print(pcall(thread.spawn, function() return gen() end)) --> false	cannot send value: global 'gen' is a C function
print(#ch) --> 0
