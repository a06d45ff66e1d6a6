-- run takes its one option in a table as well.
local s = sched.new(function() return 0 end, function() end)
s:enter(5, 1, print, "never")
print(s:run {blocking = false}, s:run(false)) --> 5	5
local far = sched.enter(3600, 1, print, "never")
print(sched.run {blocking = false} > 3000) --> true
sched.cancel(far)
sched.enter(0, 1, print, "runs")
print(sched.run {}) --> runs
--> 
sched.enter(0, 1, print, "runs")
print(sched.run {blocking = true}) --> runs
--> 
local function complain(call) print(select(2, pcall(call))) end
for _, run in ipairs {sched.run, function(options) s:run(options) local x end} do
  complain(function() run {block = false} local x end)
  complain(function() run {blocking = 1} local x end)
end
--> run_options.lua:16: bad argument #1 to 'run' (unknown option 'block' (known options: blocking))
--> run_options.lua:17: bad argument #1 to 'run' (option 'blocking': boolean expected, got number)
--> run_options.lua:15: bad argument #1 to 'run' (unknown option 'block' (known options: blocking))
--> run_options.lua:15: bad argument #1 to 'run' (option 'blocking': boolean expected, got number)
