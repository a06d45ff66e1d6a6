-- A program is ended when its time is over, and when it says too much: with all that it has started.
local processes = require "processes"
local started = timer.now()
local ok, reason, r = process.run{"sh", "-c", "echo begun; sleep 60", timeout = 0.2}
print(ok, reason, r.stdout, r.signal) --> nil	timeout	begun
--> 	15

-- One that does not listen to SIGTERM is killed after its grace, and so is what it started.
_, reason, r = process.run{"sh", "-c", "trap '' TERM; echo $$; sleep 60 & sleep 60; sleep 60", timeout = 0.2, grace = 0.1}
print(reason, r.signal) --> timeout	9
local group = tonumber(r.stdout)
repeat until processes.ingroup(group) == 0
print(timer.now() - started < 30) --> true

-- Also one that has left something in the background that holds its output.
_, reason, r = process.run{"sh", "-c", "sleep 60 & echo left", timeout = 0.2, grace = 0.1}
print(reason, r.code, r.stdout) --> timeout	0	left
--> 

local done, e = pcall(process.run, {"cat", "/dev/zero", max_output = 100000})
print(done, e.kind, e.message) --> false	limit	the output of 'cat' is more than 100000 bytes
print(#process.run{"head", "-c", "100000", "/dev/zero", max_output = 100000}.stdout) --> 100000

-- Also one that ends as soon as it has written: its last words and its end come at the same time.
local within = 0
for _ = 1, 300 do
  if pcall(process.run, {max_output = 3}, "echo", "abcdef") then within = within + 1 end
end
print(within) --> 0

-- A timeout of 0 ends it at once; math.huge never does.
print((select(2, process.run{"sleep", "1000", timeout = 0}))) --> timeout
print(process.run{"true", timeout = math.huge}.ok) --> true
