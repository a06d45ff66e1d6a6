-- SIGQUIT shows a supervisor with its children.
if arg[1] ~= "child" then
  local shown = process.popen{arg[-1], arg[0], "child", stderr = "pipe"}
  local dump = ""
  repeat dump = dump .. shown.stderr:read("L") until dump:find("child: process")
  for line in dump:match("supervisor.*"):gmatch("[^\n]+") do print((line:gsub("%(%a+", "(...", 1):gsub("channel: %d+ for %d+%.%d", "channel: N for N"))) end
  --> supervisor 'app' of thread 'main': recv on channel: N for N s
  -->   child: task 'one' (..., restarts: 1)
  -->   child: thread 'two' (...)
  -->   child: process 'three' (...)
  shown:close_stdin()
  print(shown:wait().code) --> 0
  return
end
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
os.execute("kill -QUIT " .. process.pid())
process.run({stdin = io.stdin}, "cat")
s:cancel()
