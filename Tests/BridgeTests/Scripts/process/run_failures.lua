-- What cannot be started returns nil, a message and the number of the error; misuse raises.
print(process.run("nope-no-such-program", "x")) --> nil	nope-no-such-program: No such file or directory	2
print(process.run("./nope")) --> nil	./nope: No such file or directory	2
print(process.run{"true", cwd = "/nowhere"}) --> nil	/nowhere: No such file or directory	2
print(process.run("/")) --> nil	/: Permission denied	13
print(process.run("")) --> nil	: No such file or directory	2
print(process.popen{"nope-no-such-program"}) --> nil	nope-no-such-program: No such file or directory	2

local function raises(...)
  local _, message = pcall(...)
  print((tostring(message):gsub("\n.*", "")))
end
raises(process.run) --> bad argument #1 to 'run' (string expected, got no value)
raises(process.run, {}) --> bad argument #1 to 'run' ([1]: string expected, got nil)
raises(process.run, {"echo", {}}) --> bad argument #1 to 'run' ([2]: string expected, got table)
raises(process.run, "echo", true) --> bad argument #2 to 'run' (string expected, got boolean)
raises(process.run, "a\0b") --> bad argument #1 to 'run' (a word of a command cannot hold a zero byte)
raises(process.run, {"true", shell = true}) --> bad argument #1 to 'run' (unknown option 'shell' (known options: stdin, stdout, stderr, cwd, env, sandbox, grace, timeout, max_output))
raises(process.run, {"true", stdout = "file"}) --> bad argument #1 to 'run' (option 'stdout': one of 'pipe', 'null', 'inherit' expected, got 'file')
raises(process.run, {"true", timeout = 0/0}) --> bad argument #1 to 'run' (option 'timeout': number expected, got NaN)
raises(process.run, {"true", env = {[1] = "x"}}) --> bad argument #1 to 'run' (option 'env': names of variables expected as keys)
raises(process.run, {"true", "x"}, "y") --> bad argument #2 to 'run' (no more arguments expected after a table with the command)
