--! args: --simulate 1d
-- A delay of 0 or less does not run at once but at the next switch; main goes on until it waits.
local log = {}
local function note(word) log[#log + 1] = word end
timer.after(0, note, "zero")
note("main")
task.yield()
note("back in main")
print(table.concat(log, ", ")) --> main, zero, back in main

log = {}
timer.after(-1, note, "past")
timer.after(-math.huge, note, "long past")
note("main")
sleep(0.001)
table.sort(log)
print(table.concat(log, ", ")) --> long past, main, past

-- Callbacks that make new timers of delay 0 run one after the other.
local function countdown(n)
  if n == 0 then print("liftoff") else timer.after(0, countdown, n - 1) end
end
countdown(100)
sleep(0) -- main waits no longer than for the next switch
print("main ends")
--> main ends
--> liftoff
