-- Without `on_error` each failure is said once, with what follows from it. It does not count as unobserved.
local times = 0
supervisor.run {name = "app", children = {
  {name = "flaky", kind = "task", restart = "transient", start = function()
    times = times + 1
    if times == 1 then error("first") end
  end},
}}
supervisor.run {name = "app", children = {{name = "once", kind = "thread", restart = "temporary", start = function() error("only") end}}}
local s = supervisor.spawn {name = "app", children = {{name = "bad end", kind = "task", start = function()
  local closing <close> = setmetatable({}, {__close = function() error("in the handler") end})
  sleep(1000)
end}}}
sleep(0)
s:cancel()
s:wait()
-- What is cancelled by somebody else is started again without a word.
s = supervisor.spawn {children = {{name = "quiet", kind = "task", start = sleep, args = {1000}}}}
s:which()[1].handle:cancel()
while s:which()[1].restarts == 0 do sleep(0) end
--! stderr: luaconc: task 'flaky': reports.lua:6: first
--! stderr: spawned at reports.lua:3
--! stderr: supervisor 'app': restarts task 'flaky'
--! stderr: luaconc: thread 'once': reports.lua:9: only
--! stderr: supervisor 'app': does not restart thread 'once'
--! stderr: luaconc: task 'bad end': reports.lua:11: in the handler
--! stderr: supervisor 'app': was stopping task 'bad end'
s:cancel()
--! args: --simulate 1d
