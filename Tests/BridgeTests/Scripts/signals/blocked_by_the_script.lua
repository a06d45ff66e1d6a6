-- A signal that a script blocks in order to wait for it waits for the script: no other thread of the program takes it.
local cqueues, signal = require "cqueues", require "cqueues.signal"
signal.block(signal.SIGUSR1)
local listener = signal.listen(signal.SIGUSR1)
thread.spawn(function() end):join() -- the thread that has run this one is still there
print(thread.spawn(function()
  return tonumber(io.open("/proc/thread-self/status"):read("a"):match("SigBlk:%s*(%x+)"), 16)
end):join()) --> 512
local queue = cqueues.new()
queue:wrap(function() print(listener:wait() == signal.SIGUSR1) end) --> true
process.run("kill", "-USR1", tostring(process.pid()))
queue:loop()
