--! args: --simulate 1d
-- Supervisors below supervisors, of all kinds: stopped from the last leaf to the first.
local function leaf(name)
  return {name = name, kind = "thread", args = {name}, start = function(name)
    local closing <close> = setmetatable({}, {__close = function() print("closed", name) end})
    ready:send(name)
    sleep(1000)
  end}
end
ready = channel.new()
local function below(kind)
  return {name = kind, kind = kind, start = supervisor.run, args = {{name = kind, children = {leaf(kind .. ".1"), leaf(kind .. ".2")}}}}
end
local s = supervisor.spawn {name = "top", children = {below("task"), below("thread"), below("process")}}
for _ = 1, 6 do ready:recv() end
s:cancel()
print(s:wait())
--> closed	process.2
--> closed	process.1
--> closed	thread.2
--> closed	thread.1
--> closed	task.2
--> closed	task.1
--> cancelled

-- One that ends because of its intensity is a failed child to the one above it.
local names = {}
local ok, e = pcall(supervisor.run, {name = "top", intensity = 1, on_error = function(e, name) names[#names + 1] = name end,
  children = {{name = "below", kind = "task", start = supervisor.run, args = {{
    name = "below", intensity = 0, on_error = function(e, name) names[#names + 1] = name end,
    children = {{name = "leaf", kind = "task", start = error, args = {"oh", 0}}},
  }}}},
})
print(ok, e.message)
--> false	more than 1 restarts within 5 s; task 'below' has failed: more than 0 restarts within 5 s; task 'leaf' has failed: oh
print(table.concat(names, " ")) --> below
