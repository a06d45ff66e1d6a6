-- A program whose processes all wait for each other can never move again: all of them are named.
local ch = channel.new(1)
local p = process.spawn({name = "dum"}, function(ch)
  local q = process.spawn({name = "tis"}, function(ch)
    return ch:recv()
  end, ch)
  return q:join()
end, ch)
local ok, e = pcall(p.join, p)
print(ok, e.kind) --> false	deadlock
print(e.message)
--> deadlock: nothing can go on any more
-->   thread 'main' at processes.lua:9: join of process 'dum'
-->   process 'dum' at processes.lua:7: join of process 'tis'
-->   process 'tis' at processes.lua:5: recv on channel: 2

-- Whoever hears of it can go on, and all others with it.
ch:send("it moves")
print(p:join()) --> it moves

-- A ring: it waits for its parent, which waits for it.
p = process.spawn({name = "ring"}, function(parent) parent:join() end, thread.current())
print(select(2, pcall(p.join, p)).kind) --> deadlock
p:cancel()

-- Both want to send, and neither receives.
local there, back = channel.new(1), channel.new(1)
p = process.spawn(function(there, back)
  while true do back:send(("x"):rep(1000)) end
end, there, back)
print(select(2, pcall(function() while true do there:send(("x"):rep(1000)) end end)).kind) --> deadlock
p:cancel()
