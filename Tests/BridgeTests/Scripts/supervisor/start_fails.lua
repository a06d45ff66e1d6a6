--! args: --simulate 1d
-- A child that cannot even be started again counts as one that has failed; it does not hold up other work.
local name = os.tmpname()
local function write(text)
  local file <close> = assert(io.open(name, "w"))
  file:write(text)
end
write("error('boom', 0)")
local errors, turns = 0, 0
local others = task.spawn(function() while true do turns = turns + 1 task.yield() end end)
local ok, e = pcall(supervisor.run, {
  intensity = 500, period = 60,
  on_error = function(e) errors = errors + 1 os.remove(name) end,
  children = {{name = "file", start = name}},
})
others:cancel()
print(ok, errors, turns > 100) --> false	500	true
print((e.message:gsub(name, "NAME")))
--> more than 500 restarts within 60 s; thread 'file' has failed: cannot start thread 'file': cannot open NAME: No such file or directory

-- In a group the later ones are not started before the one that they need.
write("thread.inbox:recv()")
local starts = 0
local failed = channel.new(math.huge)
local s = supervisor.spawn {
  strategy = "rest_for_one", intensity = math.huge, on_error = function(e) failed:send(e.message) end,
  children = {
    {name = "first", start = name},
    {name = "second", kind = "task", start = function() starts = starts + 1 sleep(1000) end},
  },
}
sleep(0)
local first = s:which()[1].handle
os.remove(name)
first.inbox:close()
print(failed:recv():match("cannot start thread 'first'")) --> cannot start thread 'first'
print(starts, s:which()[2].status) --> 1	cancelled
write("thread.inbox:recv()")
while starts < 2 do sleep(0.001) end
print(starts, s:which()[2].status) --> 2	waiting
s:cancel()
s:wait()
os.remove(name)
