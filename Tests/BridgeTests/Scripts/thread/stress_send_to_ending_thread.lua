-- Stress: messages are sent to threads that are just ending; nothing is lost before the end, nothing hangs or crashes.
for i = 1, 200 do
  local h = thread.spawn(function() return (thread.inbox:recv()) end)
  local senders = {}
  for n = 1, 3 do
    senders[n] = task.spawn(function() return (pcall(h.send, h, n)) end)
  end
  local first = h:join()
  assert(first == 1, "the first message must be received first")
  for n = 1, 3 do senders[n]:join() end
end
print("all received") --> all received
