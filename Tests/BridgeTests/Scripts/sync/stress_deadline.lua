-- Stress: a lock that is given out just as the deadline passes, or as the task is cancelled, is given back by the guard.
local lock, stop = sync.lock(), sync.event()
local hog = thread.spawn(function()
  while not stop:is_set() do
    local held <close> = lock:acquire()
    local start = timer.now()
    while timer.now() - start < 20e-6 do end
  end
end)

local function take(how)
  if how == 1 then
    local held <close> = lock:acquire()
  elseif how == 2 then
    local held <close> = assert(lock:acquire(60))
  elseif how == 3 then
    lock:with(function() end)
  else
    local group <close> = task.group()
    group:task(function() local held <close> = lock:acquire() end)
  end
end

local other = 0
for i = 1, 3000 do
  local ok, e = pcall(task.timeout, 1e-6 * (i % 60), take, i % 4)
  if not ok and e.kind ~= "timeout" then other = other + 1 end
end
print(other) --> 0

local abandoned = 0
for i = 1, 1000 do
  local t = task.spawn(take, i % 4)
  if i % 3 == 0 then sleep(0) end
  t:cancel()
  t:wait()
  local held <close>, why = lock:acquire()
  if why then abandoned = abandoned + 1 end
end
stop:set()
print(hog:wait(), abandoned) --> done	0
