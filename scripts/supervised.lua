-- A flaky worker that is kept alive. A source hands out readings to a worker, which crashes at every third one: its
-- supervisor starts it again, and it goes on with the next. When the readings are through, all ends by itself.
--
--   luaconc scripts/supervised.lua            9 readings, a crash at every third
--   luaconc scripts/supervised.lua 20 5       20 readings, a crash at every fifth
--   luaconc scripts/supervised.lua 20 1       one that only crashes: the supervisor gives up; exit status 1
--
-- What it shows: the worker is transient, so it is started again when it fails, and not when it is done. The source
-- keeps what a crash must not lose, apart from the worker. Three restarts within a second are accepted; one more, and
-- the supervisor stops the rest in order and raises an error with the last crash in it.

local count, every = tonumber(arg[1] or 9), tonumber(arg[2] or 3)
if not (count and every and count >= 0 and every >= 1 and math.tointeger(count) and math.tointeger(every)) or arg[3] then
  io.stderr:write("usage: luaconc supervised.lua [readings [every]]\n")
  os.exit(2)
end

local readings, taken = channel.new(0), channel.new(math.huge)

--- Hands out the readings, one by one.
local function source()
  for n = 1, count do readings:send(n) end
  readings:close()
end

--- Takes readings until there are no more. It runs in a thread, with a new state each time.
local function work(readings, taken, every)
  for n in readings do
    if n % every == 0 then error("cannot read number " .. n, 0) end
    sleep(0.1)
    taken:send(n)
    print("reading " .. n)
  end
end

supervisor.run {
  name = "readers", intensity = 3, period = 1,
  on_error = function(e, name) print(("%s crashed: %s"):format(name, e.message)) end,
  children = {
    {name = "source", kind = "task", start = source, restart = "transient"},
    {name = "reader", kind = "thread", start = work, args = {readings, taken, every}, restart = "transient"},
  },
}
print(("%d of %d readings"):format(#taken, count))
