-- A thread reads from thread.inbox what is sent to its handle, in order, also what was sent before it started.
local worker = thread.spawn({name = "worker"}, function()
  local got = {}
  for value in thread.inbox do
    got[#got + 1] = type(value) == "table" and value.field or tostring(value)
  end
  return table.concat(got, " ")
end)
for i = 1, 3 do worker:send(i) end
print(worker:send({field = "table"}), worker.inbox:send("last", 3600)) --> true	true
worker.inbox:close()
print(worker:join()) --> 1 2 3 table last

-- Each thread has its own. The main thread's can be handed on like any channel.
local replies = thread.inbox
local doubler = thread.spawn(function(out)
  for value in thread.inbox do out:send(value * 2) end
end, replies)
doubler:send(21)
print(thread.inbox:recv()) --> 42
doubler:send(1.5)
print(replies:recv()) --> 3.0
doubler.inbox:close()
print(doubler:wait()) --> done
print(thread.inbox:recv(0)) --> nil	timeout
