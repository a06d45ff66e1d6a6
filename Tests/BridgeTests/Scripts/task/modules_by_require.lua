-- The modules are globals and can be required too; each has what its section names.
for _, name in ipairs{"task", "thread", "channel", "timer", "sched", "shared", "sync"} do
  print(name, require(name) == _G[name], type(_G[name]))
end
--> task	true	table
--> thread	true	table
--> channel	true	table
--> timer	true	table
--> sched	true	table
--> shared	true	table
--> sync	true	table
for name, members in pairs{
  task = "spawn sleep yield current list",
  thread = "spawn exit current list cores",
  channel = "new select",
  timer = "after every now",
  sched = "enter enterabs cancel empty queue run new",
  shared = "map counter",
  sync = "lock rwlock semaphore event barrier condition once",
} do
  for member in members:gmatch("%w+") do
    assert(type(_G[name][member]) == "function", name .. "." .. member)
  end
end
print(type(sleep)) --> function
print(thread.spawn(function() return require("timer") == timer, type(require("sched").enter) end):join()) --> true	function
