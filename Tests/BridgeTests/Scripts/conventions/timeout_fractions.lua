--! args: --simulate 1d
-- A fraction of a second is neither rounded down to 0 nor up to a whole second.
local ch = channel.new()
task.spawn(function() sleep(0.001) ch:send("came") end)
print(ch:recv(0.9)) --> came

local t = timer.after(0.9, print, "a whole second")
print(ch:recv(0.001)) --> nil	timeout
sleep(0.001)
print(t:cancel()) --> true
