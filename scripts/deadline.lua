-- Three mirrors of one download: the first answer wins, and the others are cancelled. None within the deadline is a
-- failure. The downloads are simulated by sleeps.
--
--   luaconc scripts/deadline.lua           a deadline of 1 s, which the fastest mirror keeps
--   luaconc scripts/deadline.lua 0.1       one that no mirror keeps: exit status 1
--
-- What it shows: `channel.select` waits for whichever comes first, the block of a group ends all that is left in it,
-- and a mirror that is cancelled still closes its connection.

local deadline = tonumber(arg[1] or 1)
if not (deadline and deadline >= 0) or arg[2] then
  io.stderr:write("usage: luaconc deadline.lua [seconds]\n")
  os.exit(2)
end

--- Gets the file from one mirror, which takes that long.
local function download(mirror, seconds)
  local connection <close> = setmetatable({}, {__close = function(_, reason)
    print(("%-7s %s"):format(mirror, reason and "connection closed: " .. reason.kind or "done"))
  end})
  sleep(seconds)
  return "the file, from " .. mirror
end

--- The first of the mirrors' answers.
local function race(mirrors)
  local group <close> = task.group()
  local answer = channel.new(#mirrors)
  for _, mirror in ipairs(mirrors) do
    group:task(function() answer:send(download(mirror.name, mirror.seconds)) end)
  end
  local file = answer:recv()
  group:cancel("another mirror was faster")
  return file
end

local ok, result = pcall(task.timeout, deadline, race, {
  {name = "berlin", seconds = 0.6}, {name = "izmir", seconds = 0.2}, {name = "lima", seconds = 5},
})
if not ok then
  if type(result) ~= "table" or result.kind ~= "timeout" then error(result, 0) end
  print("no mirror answered within " .. deadline .. " s")
  os.exit(1)
end
print("got " .. result)
