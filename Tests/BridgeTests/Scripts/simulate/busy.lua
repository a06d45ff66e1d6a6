--! args: --simulate 1d
-- A state that is kept by a system call for very long holds up the others for some seconds only, and the clock until it
-- goes on.
local name = os.tmpname()
os.remove(name)
print(process.run("mkfifo", name).ok) --> true
local reader = thread.spawn(function()
  local file <close> = io.open(name)
  return file:read(), timer.now()
end)
task.yield()
timer.after(60, print, "later")
thread.spawn(function()
  local file <close> = io.open(name, "w")
  file:write("hello\n")
end):join()
print(reader:join()) --> hello	0.0
os.remove(name) --> later
