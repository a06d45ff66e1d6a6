--! args: --simulate 1d
-- on_error gets the error object in the spawner's state, and has observed it: nothing is printed, the status is 0.
local seen = channel.new()
local here = "the spawner's state"
local function report(e) seen:send({ e.kind, e.message, e.origin, here }) end

thread.spawn({ name = "dum", on_error = report }, function() error("boom", 0) end)
print(table.unpack(seen:recv())) --> error	boom	dum	the spawner's state
task.spawn({ name = "tis", on_error = report }, function() error("bang", 0) end)
print(table.unpack(seen:recv())) --> error	bang	tis	the spawner's state

-- The callback may block, and work that ends well does not call it.
local gate = channel.new()
thread.spawn({ on_error = function(e)
  gate:recv()
  seen:send({ e.value.code })
end }, function() error({ code = 7 }) end)
sleep(0.001)
gate:send("go")
print(table.unpack(seen:recv())) --> 7
thread.spawn({ on_error = report }, function() return "fine" end):join()
task.spawn({ on_error = report }, function() return "fine" end):join()
print(seen:recv(0)) --> nil	timeout

-- It changes a local of the spawner: it is called there, not in a copy.
local n = 0
local h = thread.spawn({ on_error = function() n = n + 1 seen:send({}) end }, function() error("boom") end)
seen:recv()
print(n, h:wait()) --> 1	failed
