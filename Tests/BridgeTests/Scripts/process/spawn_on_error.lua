-- on_error gets the failure, in the state that spawned; then it is taken care of.
local got = channel.new()
local function catch(e) got:send({e.kind, e.origin, e.message, e.signal or "-"}) end
process.spawn({name = "a", on_error = catch}, function() error("boom", 0) end)
print(table.unpack(got:recv())) --> error	a	boom	-
process.spawn({name = "b", on_error = catch}, function() sleep(100) end):kill("KILL")
print(table.unpack(got:recv())) --> exit	b	killed by signal 9 (KILL)	9
print(process.spawn({on_error = catch}, function() return "well" end):join()) --> well
print(#got) --> 0
