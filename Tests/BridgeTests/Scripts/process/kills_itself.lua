-- A child process may send a signal to itself by its own handle.
local child = process.spawn(function()
  process.current():kill("TERM")
  sleep(1000)
end)
print(child:wait(), child:exitcode())
--> failed	-15
local told = process.spawn(function()
  local heard = channel.new()
  process.on_signal("USR1", function() heard:send("heard") end)
  print(process.current():kill("USR1"), heard:recv())
end)
print(told:wait())
--> true	heard
--> done
