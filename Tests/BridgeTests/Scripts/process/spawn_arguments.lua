-- Misuse, and what cannot be started, raises here.
local function raises(...)
  print((tostring(select(2, pcall(process.spawn, ...))):gsub("\n.*", "")))
end
raises() --> bad argument #1 to 'spawn' (function or file name expected, got no value)
raises(1) --> bad argument #1 to 'spawn' (function or file name expected, got number)
raises({nice = 99}, print) --> bad argument #1 to 'spawn' (option 'nice': -20 to 19 expected, got 99)
raises({cpu = 0}, print) --> bad argument #1 to 'spawn' (option 'cpu': more than 0 seconds expected)
raises({stdin = "x"}, print) --> bad argument #1 to 'spawn' (option 'stdin': one of 'pipe', 'null', 'inherit' expected, got 'x')
raises({shell = 1}, print)
--> bad argument #1 to 'spawn' (unknown option 'shell' (known options: name, daemon, on_error, grace, memory, cpu, nice, stdin, stdout, stderr, cwd, env, sandbox))
raises({cwd = "/nowhere"}, print) --> cannot start a process: /nowhere: No such file or directory
raises(function() return coroutine.running() end, coroutine.create(print)) --> cannot send value: args[1] is a coroutine
local called = 0
raises({cwd = "/nowhere", on_error = function() called = called + 1 end}, print)
--> cannot start a process: /nowhere: No such file or directory
print(called) --> 0
