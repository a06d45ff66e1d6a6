-- A task that joins itself gets an error of kind deadlock at once.
local solo
solo = task.spawn({name = "solo"}, function()
  local ok, e = pcall(solo.join, solo)
  print(ok, e.kind) --> false	deadlock
  print(e.message:find("deadlock: solo -> solo", 1, true) ~= nil) --> true
  return "goes on"
end)
print(solo:join()) --> goes on
local main = task.current()
local ok, e = pcall(main.join, main)
print(ok, e.kind) --> false	deadlock
print(pcall(coroutine.wrap(function() return select(2, pcall(main.join, main)).kind end))) --> true	deadlock
