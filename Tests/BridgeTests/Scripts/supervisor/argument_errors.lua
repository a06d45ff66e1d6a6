-- Wrong arguments are errors of the caller, before anything is started.
local function try(what, ...)
  local ok, message = pcall(...)
  print(what, message)
end
local function with(child) return {children = {{start = print, kind = "task"}, child}} end
try(1, supervisor.run) --> 1	bad argument #1 to 'run' (table expected, got nil)
try(2, supervisor.spawn, 5) --> 2	bad argument #1 to 'spawn' (table expected, got number)
try(3, supervisor.run, {stategy = "one_for_one"}) --> 3	bad argument #1 to 'run' (unknown option 'stategy' (known options: name, strategy, intensity, period, children, on_error, daemon))
try(4, supervisor.run, {strategy = "one"}) --> 4	bad argument #1 to 'run' ('strategy': one of 'one_for_one', 'one_for_all', 'rest_for_one' expected, got 'one')
try(5, supervisor.run, {intensity = -1}) --> 5	bad argument #1 to 'run' ('intensity': an integer of 0 or more expected, got -1)
try(6, supervisor.run, {intensity = 0 / 0}) --> 6	bad argument #1 to 'run' ('intensity': number expected, got NaN)
try(7, supervisor.run, {intensity = 1.5}) --> 7	bad argument #1 to 'run' ('intensity': an integer of 0 or more expected, got 1.5)
try(8, supervisor.run, {period = 0}) --> 8	bad argument #1 to 'run' ('period': more than 0 seconds expected, got 0)
try(9, supervisor.run, {period = "5"}) --> 9	bad argument #1 to 'run' ('period': number expected, got '5')
try(10, supervisor.run, {children = 1}) --> 10	bad argument #1 to 'run' ('children': table expected, got number)
try(11, supervisor.run, {on_error = true}) --> 11	bad argument #1 to 'run' ('on_error': function expected, got boolean)
try(12, supervisor.run, {{start = print}}) --> 12	bad argument #1 to 'run' (unknown option '1' (known options: name, strategy, intensity, period, children, on_error, daemon))
try(13, supervisor.run, with(print)) --> 13	bad argument #1 to 'run' (children[2]: table expected, got function)
try(14, supervisor.run, with {fn = print}) --> 14	bad argument #1 to 'run' (children[2]: unknown field 'fn' (known fields: name, kind, start, args, restart, shutdown, options))
try(15, supervisor.run, with {}) --> 15	bad argument #1 to 'run' (children[2]: 'start': function or file name expected, got nil)
try(16, supervisor.run, with {kind = "task", start = "x.lua"}) --> 16	bad argument #1 to 'run' (children[2]: 'start': function expected, got 'x.lua')
try(17, supervisor.run, with {kind = "fiber", start = print}) --> 17	bad argument #1 to 'run' (children[2]: 'kind': one of 'thread', 'process', 'task' expected, got 'fiber')
try(18, supervisor.run, with {restart = "always", start = print}) --> 18	bad argument #1 to 'run' (children[2]: 'restart': one of 'permanent', 'transient', 'temporary' expected, got 'always')
try(19, supervisor.run, with {shutdown = 0 / 0, start = print}) --> 19	bad argument #1 to 'run' (children[2]: 'shutdown': number expected, got NaN)
try(20, supervisor.run, with {name = 1, start = print}) --> 20	bad argument #1 to 'run' (children[2]: 'name': string expected, got number)
try(21, supervisor.run, with {name = "task-1", start = print}) --> 21	bad argument #1 to 'run' (children[2]: name 'task-1' is taken)
try(22, supervisor.run, with {args = 1, start = print}) --> 22	bad argument #1 to 'run' (children[2]: 'args': table expected, got number)
try(23, supervisor.run, with {start = print, args = {1, {a = coroutine.create(print)}}}) --> 23	bad argument #1 to 'run' (children[2]: cannot send value: args[2].a is a coroutine)
try(24, supervisor.run, with {start = "no-such-file.lua"}) --> 24	bad argument #1 to 'run' (children[2]: cannot open no-such-file.lua: No such file or directory)
try(25, supervisor.run, with {start = print, options = {name = "x"}}) --> 25	bad argument #1 to 'run' (children[2]: 'options': 'name' is up to the supervisor)

-- With the position of the caller.
local ok, message = pcall(function() supervisor.run {children = 1} end)
print(message) --> argument_errors.lua:34: bad argument #1 to 'run' ('children': table expected, got number)
local s = supervisor.spawn {children = {{name = "a", kind = "task", start = sleep, args = {1000}}}}
print(select(2, pcall(function() s:add(5) end))) --> argument_errors.lua:37: bad argument #1 to 'add' (table expected, got number)
print(select(2, pcall(function() s:add {name = "a", start = print} end))) --> argument_errors.lua:38: bad argument #1 to 'add' (name 'a' is taken)
print(select(2, pcall(function() s:stop() end))) --> argument_errors.lua:39: bad argument #1 to 'stop' (string expected, got nil)
print(select(2, pcall(function() s:restart("b") end))) --> argument_errors.lua:40: bad argument #1 to 'restart' (no child has the name 'b')
print(#s:which()) --> 1

-- An option that only the spawning function knows is an error of the caller as well, and nothing is started.
print(select(2, pcall(function()
  supervisor.run {children = {{name = "a", kind = "task", start = print}, {name = "b", kind = "thread", start = print, options = {nice = 1}}}}
end)))
--> argument_errors.lua:45: bad argument #1 to 'run' (children[2]: unknown option 'nice' (known options: name, daemon, on_error, grace, memory))
s:cancel()

-- Lists have to be lists.
try(26, supervisor.run, {children = {a = {start = print}}}) --> 26	bad argument #1 to 'run' ('children': a list expected, found the key 'a')
try(27, supervisor.run, with {start = print, args = {x = 1}}) --> 27	bad argument #1 to 'run' (children[2]: 'args': a list expected, found the key 'x')
try(28, supervisor.run, {children = {{start = print}, nil, {start = print}, [2.5] = 1}}) --> 28	bad argument #1 to 'run' ('children': a list expected, found the key '2.5')
--! args: --simulate 1d
local s = supervisor.spawn {name = "slow", children = {{start = function() thread.inbox:recv() end}}}
print(select(2, pcall(s.join, s, 0)).message) --> timeout waiting for supervisor 'slow'
s:cancel()
