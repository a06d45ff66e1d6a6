--! args: --simulate 1d
-- At most n at once; in order of arrival.
local sem = sync.semaphore(2)
local now, most = 0, 0
local tasks = {}
for i = 1, 6 do
  tasks[i] = task.spawn(function()
    local permit <close> = sem:acquire()
    now = now + 1
    most = math.max(most, now)
    sleep(0.002)
    now = now - 1
  end)
end
for _, t in ipairs(tasks) do t:join() end
print(most, sem:available()) --> 2	2
print((tostring(sem):gsub("semaphore: %d+", "semaphore: N"))) --> semaphore: N (2 free)

-- A task may take several. Without a guard at hand `release` gives them back; what nobody took it adds.
local a, b = sem:acquire(), sem:acquire()
print(sem:acquire(0)) --> nil	timeout
sem:release()
print(sem:available()) --> 1
b:release()
print(sem:available()) --> 1
a:release()
print(sem:available()) --> 2
sem:release(3)
print(sem:available()) --> 5
print(sem:with(function(...) return sem:available(), ... end, "x")) --> 4	x

-- Somebody else may add what is waited for.
local empty = sync.semaphore(0)
local taker = thread.spawn(function() local permit = empty:acquire() permit:release() return "taken" end)
empty:release()
print(taker:join()) --> taken

-- A holder that ends gives back.
local one = sync.semaphore(1)
thread.spawn(function() one:acquire() end):wait()
local permit, why = one:acquire(1)
print(why) --> abandoned

for _, n in ipairs {-1, 1.5, "many", 1 << 50} do print(pcall(sync.semaphore, n)) end
--> false	bad argument #1 to 'semaphore' (0 or more expected, got -1)
--> false	bad argument #1 to 'semaphore' (number has no integer representation)
--> false	bad argument #1 to 'semaphore' (number expected, got string)
--> false	bad argument #1 to 'semaphore' (1099511627775 or less expected, got 1125899906842624)
print(pcall(sem.release, sem, 0)) --> false	bad argument #2 to 'release' (1 or more expected, got 0)
