--! real: a handler waits after a system call was broken
-- What a C function raises because the end broke its system call is that end, and handlers hear of it.
--! release
local heard = channel.new()
local function ended(fn, ...)
  local h = thread.spawn(fn, heard, ...)
  for _ = 1, 2 do heard:recv() end
  h:cancel("enough")
  local status = h:wait(20)
  local _, e = pcall(h.join, h)
  return status, e.kind, e.message, (heard:recv(0))
end
local function reading(heard)
  local handler <close> = setmetatable({}, { __close = function(_, e)
    sleep(0.01)
    heard:send(e.kind)
  end })
  heard:send("begins")
  for line in io.popen("echo reads; exec sleep 100 2> /dev/null"):lines() do heard:send(line) end
end
print(ended(reading)) --> cancelled	cancelled	enough	cancelled
print(ended(function(heard, reading) pcall(reading, heard) end, reading)) --> cancelled	cancelled	enough	cancelled
print(ended(function(heard, reading) coroutine.wrap(reading)(heard) end, reading)) --> cancelled	cancelled	enough	cancelled

-- An error that came first stays one.
local h = thread.spawn(function()
  local handler <close> = setmetatable({}, { __close = function() thread.inbox:recv() end })
  error("mine", 0)
end)
h.inbox:send("go on")
print(h:wait(20), select(2, pcall(h.join, h)).message) --> failed	mine
os.exit(0)
