--! args: --simulate 1d
-- A holder that ends without giving back gives back; the next taker is told so, and only that one.
local lock = sync.lock()
local function forget() lock:acquire() end
local function fail() lock:acquire() error("boom", 0) end
for _, spawn in ipairs {task.spawn, thread.spawn} do
  for _, body in ipairs {forget, fail} do
    local h = spawn(body)
    h:wait()
    local held, why = lock:acquire()
    print(why) --> abandoned
    held:release()
    held, why = lock:acquire()
    print(why) --> nil
    held:release()
  end
end
--> abandoned
--> nil
--> abandoned
--> nil
--> abandoned
--> nil

-- One who waits already is told as well.
local h = thread.spawn(function() lock:acquire() sleep(0.02) end)
while not tostring(lock):find("held") do sleep(0.001) end
local held, why = lock:acquire()
print(why) --> abandoned
held:release()

-- A cancelled thread, and one that leaves by thread.exit.
local other = sync.lock()
local h = thread.spawn(function() other:acquire() sleep(60) end)
while not tostring(other):find("held") do sleep(0.001) end
h:cancel()
h:wait()
print(select(2, other:acquire(1))) --> abandoned
local third = sync.lock()
thread.spawn(function() third:acquire() thread.exit() end):wait()
print(select(2, third:acquire(1))) --> abandoned
