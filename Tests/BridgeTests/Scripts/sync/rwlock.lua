-- Many readers or one writer. Who waits is served in order of arrival, so neither side starves the other.
local function shown(rw) return (tostring(rw):gsub("rwlock: %d+", "rwlock: N")) end
local rw, log = sync.rwlock(), channel.new()
local function reader(name) return task.spawn(function() local r <close> = rw:read() log:send(name) end) end
local function writer(name) return task.spawn(function() local w <close> = rw:write() log:send(name) end) end

local first = rw:read()
reader("a second reader"):join()
print(shown(rw), log:recv()) --> rwlock: N (1 reading)	a second reader
writer("a writer")
sleep(0)
-- A reader that comes after a waiting writer waits, too.
reader("a late reader")
task.spawn(function() print(rw:read(0)) end):join() --> nil	timeout
print(#log) --> 0
first:release()
print(log:recv()) --> a writer
print(log:recv()) --> a late reader

-- A writer that gives up lets those behind it go on.
local first = rw:read()
local impatient = task.spawn(function() print(rw:write(0.01)) end)
sleep(0)
reader("not held up")
print(#log) --> 0
impatient:join() --> nil	timeout
print(log:recv()) --> not held up
first:release()

-- Nobody reads while somebody writes.
local w = rw:write()
print(shown(rw)) --> rwlock: N (held by a writer)
print(thread.spawn(function() return rw:read(0) end):join()) --> nil	timeout
print(thread.spawn(function() return rw:write(0) end):join()) --> nil	timeout
w:release()
print(shown(rw)) --> rwlock: N (free)
print(rw:with_read(function(...) return shown(rw), ... end, 1)) --> rwlock: N (1 reading)	1
print(rw:with_write(function(...) return shown(rw), ... end, 2)) --> rwlock: N (held by a writer)	2

-- Only a writer that ends without giving back is told of.
thread.spawn(function() rw:read() end):wait()
local w, why = rw:write()
print(why) --> nil
w:release()
thread.spawn(function() rw:write() end):wait()
local r, why = rw:read()
print(why) --> abandoned
r:release()

-- Threads: a writer sees no half of another's work.
local m = shared.map()
m:set("a", 0) m:set("b", 0)
local threads = {}
for i = 1, 4 do
  threads[i] = thread.spawn(function()
    local torn = 0
    for n = 1, 100 do
      if i <= 2 then
        rw:with_write(function() m:set("a", i * n) m:set("b", i * n) end)
      else
        rw:with_read(function() if m:get("a") ~= m:get("b") then torn = torn + 1 end end)
      end
    end
    return torn
  end)
end
local torn = 0
for _, t in ipairs(threads) do torn = torn + t:join() end
print(torn) --> 0
