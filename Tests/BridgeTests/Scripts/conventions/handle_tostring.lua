--! args: --simulate 1d
-- A handle prints as its kind, its name and its state.
local a = thread.spawn({ name = "dum" }, function() thread.inbox:recv() end)
print(tostring(a):match("^thread: dum %(%a+%)$") == tostring(a)) --> true
repeat sleep(0.001) until a:status() == "waiting"
print(a) --> thread: dum (waiting)
a:send("go")
a:join()
print(a) --> thread: dum (done)

local b = task.spawn({ name = "tis" }, function() end)
print(b) --> task: tis (pending)
b:join()
print(b) --> task: tis (done)

print(tostring(channel.new()):match("^channel: ")) --> channel: 
local t = timer.after({ name = "zonk" }, 1000, print)
print(tostring(t):match("^timer: zonk")) --> timer: zonk
t:cancel()
