-- SIGQUIT shows a supervisor with its children.
local ready = channel.new()
local function child(fails)
  if fails and not failed then failed = true error("boom") end
  ready:send(true)
  sleep(1000)
end
local s = supervisor.spawn {name = "app", on_error = function() end, children = {
  {name = "one", kind = "task", start = child, args = {true}},
  {name = "two", kind = "thread", start = child},
  {name = "three", kind = "process", start = child},
}}
for _ = 1, 3 do ready:recv() end
--! stderr: supervisor 'app' of thread 'main': recv on channel:
--! stderr:   child: task 'one' (waiting, restarts: 1)
--! stderr:   child: thread 'two' (
--! stderr:   child: process 'three' (
os.execute("kill -QUIT " .. process.pid())
sleep(0.6)
s:cancel()
