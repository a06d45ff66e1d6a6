--! args: --simulate 1d
--! stdin: a line
-- Programs, and reads, hold the clock.
timer.after(0.001, print, "after the program")
local result = process.run({timeout = 20}, "sh", "-c", "sleep 0.1; echo done")
print(result.stdout, timer.now()) --> done
--> 	0.0
sleep(0.001) --> after the program
local p = process.popen {"sh", "-c", "read x; sleep 0.1; echo $x"}
p:write("to the program\n")
timer.after(1, print, "after the pipe")
print(p:read("l"), timer.now()) --> to the program	0.001
p:wait()
print(io.read(), timer.now()) --> a line	0.001
local file <close> = io.popen("sleep 0.1; echo again")
print(file:read(), timer.now()) --> again	0.001
print((select(2, process.run({timeout = 0.05}, "sleep", "10")))) --> timeout
sleep(2) --> after the pipe
