-- A function called for a signal runs as a task; the program goes on.
local came = channel.new()
local handler = process.on_signal("HUP", function(name) came:send(name) end)
print(handler) --> signal handler: HUP (active)
local function raise(signal) process.run("kill", "-" .. signal, process.pid()) end
raise("HUP")
print(came:recv()) --> HUP
raise("HUP")
print(came:recv()) --> HUP

-- Several may hear of one signal; each is cancelled for itself.
local second = process.on_signal(10, function(name) sleep(0) came:send("second " .. name) end)
local third = process.on_signal("SIGUSR1", function(name) came:send("third " .. name) end)
raise("USR1")
local both = {came:recv(), came:recv()}
table.sort(both)
print(both[1], both[2]) --> second USR1	third USR1
print(third:cancel(), third:cancel(), third) --> true	false	signal handler: USR1 (ended)
raise("USR1")
print(came:recv()) --> second USR1

-- Instead of the end of the program.
local t <close> = process.on_signal("TERM", function(name) came:send(name) end)
raise("TERM")
print(came:recv()) --> TERM

-- A mistake in it is reported, and it stays.
local mistakes = 0
process.on_signal("USR2", function() mistakes = mistakes + 1 error("oh", 0) end)
for n = 1, 2 do
  raise("USR2")
  repeat sleep(0.001) until mistakes == n
end
--! stderr: handler of signal USR2: oh
--! stderr: handler of signal USR2: oh
--! status 1

for _, bad in ipairs {"KILL", "STOP", "SEGV", "NOPE", 0, 99, {}} do
  print((select(2, pcall(process.on_signal, bad, print))))
end
--> bad argument #1 to 'on_signal' (signal KILL cannot be handled: Invalid argument)
--> bad argument #1 to 'on_signal' (signal STOP cannot be handled: Invalid argument)
--> bad argument #1 to 'on_signal' (signal SEGV cannot be handled)
--> bad argument #1 to 'on_signal' (unknown signal 'NOPE')
--> bad argument #1 to 'on_signal' (signal 0 cannot be handled: Invalid argument)
--> bad argument #1 to 'on_signal' (no such signal)
--> bad argument #1 to 'on_signal' (name or number of a signal expected, got table)
-- Handlers do not keep the program alive.
