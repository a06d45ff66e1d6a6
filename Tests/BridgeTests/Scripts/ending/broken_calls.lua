-- What a C function raises because the end broke its system call is that end, and handlers hear of it.
--! release
local heard = channel.new()
local function ended(fn, ...)
  local h = thread.spawn(fn, heard, ...)
  heard:recv()
  sleep(0.05)
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
  for _ in io.popen("exec sleep 100"):lines() do end
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
