-- A receiver that timed out has left: the next message goes to whoever still waits, and none is lost.
local ch = channel.new()
local gone = task.spawn(function() return ch:recv(0.001) end)
local stays = task.spawn(function() return ch:recv(1e6) end)
print(gone:join()) --> nil	timeout
ch:send("for the one that stays")
print(stays:join(), #ch) --> for the one that stays	0

-- The same for senders.
local full = channel.new(1)
full:send("in")
local impatient = task.spawn(function() return full:send("impatient", 0.001) end)
local patient = task.spawn(function() return full:send("patient", 1e6) end)
print(impatient:join()) --> nil	timeout
print(full:recv(), full:recv(), full:recv(0)) --> in	patient	nil	timeout
print(patient:join()) --> true

-- A message that is there is received even with timeout 0, and a free place is taken.
local one = channel.new(1)
print(one:send("x", 0), one:send("y", 0)) --> true	nil	timeout
print(one:recv(0)) --> x
