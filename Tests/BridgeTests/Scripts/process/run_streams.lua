-- Where streams go, where the program runs, and what its environment is.
local name = os.tmpname()
local file <close> = assert(io.open(name, "w+"))
file:write("first\n")
print(process.run{"sh", "-c", "echo second; echo third >&2", stdout = file, stderr = file}.stdout) --> nil
file:seek("set")
io.write(file:read("a"))
--> first
--> second
--> third
file:seek("set")
print(process.run{"wc", "-l", stdin = file}.stdout) --> 3
--> 
os.remove(name)

local r = process.run{"echo", "unseen", stdout = "null"}
print(r.stdout, r.stderr == "") --> nil	true
r = process.run{"echo", "seen", stdout = "inherit"} --> seen
print(r.stdout) --> nil

io.write(process.run{"pwd", cwd = "/usr"}.stdout) --> /usr
r = process.run{"sh", "-c", "echo $COLOUR; echo ${HOME-gone}; type sh >/dev/null && echo path",
  env = {COLOUR = "blue", HOME = false}}
io.write(r.stdout)
--> blue
--> gone
--> path

local closed = io.open("/dev/null")
closed:close()
print((select(2, pcall(process.run, {"cat", stdin = closed})):gsub("\n.*", "")))
--> bad argument #1 to 'run' (option 'stdin': the file is closed)
