-- A global that cannot be sent harms only the functions that name it.
log_file = io.stdout
worker = coroutine.create(print)

print(thread.spawn(function() return "did not name them" end):join()) --> did not name them

local ok, e = pcall(thread.spawn, function() return worker end)
print(ok, tostring(e):find("cannot send value", 1, true) ~= nil, tostring(e):find("is a coroutine", 1, true) ~= nil) --> false	true	true
print(tostring(e):find("worker", 1, true) ~= nil) --> true

-- A field, a local, a string or a method of that name does not name the global.
print(thread.spawn(function(options)
  local worker = options.worker
  return worker, "worker", options["worker"], options:log_file()
end, { worker = 5, log_file = function() return 6 end }):join()) --> 5	worker	5	6
print(thread.spawn(function() return { worker = 7 } end):join().worker) --> 7
