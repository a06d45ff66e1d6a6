-- A process that is killed is started again; os.exit is a failure as well.
local failures = channel.new()
local s = supervisor.spawn {
  on_error = function(e, name) failures:send {name = name, kind = e.kind, message = e.message, signal = e.signal, code = e.code} end,
  children = {
    {name = "killed", kind = "process", start = sleep, args = {1000}},
    {name = "exits", kind = "process", restart = "transient", start = function() process.inbox:recv() os.exit(0) end},
  },
}
local before = s:which()[1].pid
os.execute("kill -9 " .. before)
local e = failures:recv()
print(e.name, e.kind, e.message, e.signal) --> killed	exit	killed by signal 9 (KILL)	9
while s:which()[1].restarts == 0 do sleep(0.001) end
print(s:which()[1].pid ~= before, s:which()[1].restarts) --> true	1
s:which()[2].handle:send("exit")
e = failures:recv()
print(e.name, e.kind, e.message, e.code) --> exits	exit	exit code 0	0
while s:which()[2].restarts == 0 do sleep(0.001) end
local pid = s:which()[2].pid
s:cancel()
print(s:wait()) --> cancelled
print(os.execute("kill -0 " .. pid .. " 2>/dev/null")) --> nil	exit	1
