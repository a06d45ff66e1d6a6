-- The error that ends a supervisor names the child and has its last error and traceback; the others are stopped first.
local go = channel.new()
local function work(name)
  go:send(true)
  local closing <close> = setmetatable({}, {__close = function() print("closed", name) end})
  sleep(1000)
end
local ok, e = pcall(supervisor.run, {
  name = "app", intensity = 1, period = 60, on_error = function(e, name) print("on_error", name, e.message) end,
  children = {
    {name = "a", kind = "task", start = work, args = {"a"}},
    {name = "bad", start = function() go:recv() error("boom") end},
    {name = "c", kind = "task", start = work, args = {"c"}},
  },
})
print(ok, e.kind, e.origin)
print(e.message)
print(e.value.kind, e.value.origin, e.value.message)
print(e)
--> on_error	bad	intensity_error.lua:12: boom
--> closed	c
--> closed	a
--> false	limit	app
--> more than 1 restarts within 60 s; thread 'bad' has failed: intensity_error.lua:12: boom
--> error	bad	intensity_error.lua:12: boom
--> supervisor 'app': more than 1 restarts within 60 s; thread 'bad' has failed: intensity_error.lua:12: boom
--> stack traceback:
--> 	[C]: in function 'error'
--> 	intensity_error.lua:12: in function <intensity_error.lua:12>
--> 	[C]: in ?
--> spawned at intensity_error.lua:8

-- A child that does not fail can end too often as well.
print(select(2, pcall(supervisor.run, {intensity = 2, children = {{name = "short", kind = "task", start = type, args = {1}}}})).message)
--> more than 2 restarts within 5 s; task 'short' has ended: done

-- Nobody waits for it: it is said, and the exit status tells.
supervisor.spawn {name = "lonely", intensity = 0, children = {{name = "bad", kind = "task", start = error, args = {"oh", 0}}}}
--! status 1
--! stderr: luaconc: supervisor 'lonely': more than 0 restarts within 5 s; task 'bad' has failed: oh
--! stderr: spawned at intensity_error.lua:
--! args: --simulate 1d
