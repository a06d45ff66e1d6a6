-- With the last handler, or the state that it was in, goes the handling: the signal does again what it did.
local p = process.popen{"sleep", "1000"}
process.on_signal("USR1", print):cancel()
thread.spawn(function() process.on_signal("USR1", print) end):join()
print(process.spawn(function()
  local h = process.on_signal("USR1", print)
  h:cancel()
  process.run("kill", "-USR1", process.pid())
  sleep(1000)
end):wait()) --> failed
p:kill()
