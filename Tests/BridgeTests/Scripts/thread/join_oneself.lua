-- A thread that joins itself gets an error of kind deadlock at once.
print(thread.spawn({name = "solo"}, function()
  local me = thread.current()
  local ok, e = pcall(me.join, me)
  return ok, e.kind, e.message:find("deadlock: solo -> solo", 1, true) ~= nil
end):join()) --> false	deadlock	true
