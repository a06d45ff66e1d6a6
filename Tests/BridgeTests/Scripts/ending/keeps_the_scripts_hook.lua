-- A hook of the script stays when another task of its state is cancelled.
local count = 0
local h = task.spawn(sleep, 1000)
sleep(0)
debug.sethook(function() count = count + 1 end, "", 1000)
local hook, mask, every = debug.gethook()
local canceller = thread.spawn(function(h) h:cancel() end, h)
canceller:join()
print(h:wait()) --> cancelled
for _ = 1, 100 do for _ = 1, 1000 do end end
print(debug.gethook() == hook, select(3, debug.gethook()) == every, count > 10) --> true	true	true
