-- process.run gives the exit code and the output of a program.
local r = process.run("sh", "-c", "echo out; echo err >&2; exit 3")
print(r.code, r.signal, r.ok) --> 3	nil	false
io.write(r.stdout) --> out
io.write(r.stderr) --> err
print(process.run("true").ok) --> true

-- Words reach the program as they are: there is no shell.
local words = {"a b", "$HOME", "*", "'\"", "", "-n\n", "\xff"}
r = process.run("printf", "<%s>", table.unpack(words))
print(r.stdout == "<" .. table.concat(words, "><") .. ">") --> true
print(process.run("echo", 1, 2.5, math.maxinteger).stdout) --> 1 2.5 9223372036854775807
--> 

-- All in one table, or options first.
print(process.run{"echo", "one", "table"}.stdout) --> one table
--> 
print(process.run({stderr = "stdout"}, "sh", "-c", "echo merged >&2").stdout) --> merged
--> 

-- A signal is no exit code.
r = process.run("sh", "-c", "kill -9 $$")
print(r.code, r.signal, r.ok) --> nil	9	false
