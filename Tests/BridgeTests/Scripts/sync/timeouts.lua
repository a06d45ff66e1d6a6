--! args: --simulate 1d
-- A timeout leaves no ghost in the line: who comes after it gets the lock.
local lock = sync.lock()
local held = lock:acquire()
local log = {}
local late = task.spawn(function()
  print(lock:acquire(0)) --> nil	timeout
  print(lock:acquire(-1)) --> nil	timeout
  print(lock:acquire(0.01)) --> nil	timeout
end)
local patient = task.spawn(function()
  sleep(0.005)
  local held <close> = lock:acquire(60)
  return "taken"
end)
late:join()
held:release()
print(patient:join()) --> taken

-- A free lock does not look at the timeout.
local held = lock:acquire(0)
print(held ~= nil) --> true
held:release()

print(pcall(lock.acquire, lock, "soon")) --> false	bad argument #2 to 'acquire' (number expected, got string)
print(pcall(lock.acquire, lock, 0 / 0)) --> false	bad argument #2 to 'acquire' (number expected, got NaN)
