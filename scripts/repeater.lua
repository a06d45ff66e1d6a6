-- Three voices, each in a thread of its own: "dum" every second, "tis" every half second, "ah" every three.
--
--   luaconc scripts/repeater.lua        until Ctrl-C
--   luaconc scripts/repeater.lua 10     for ten seconds
--
-- Each thread is an OS thread with a Lua state of its own, so the three share nothing and none waits for another;
-- lines that are printed at the same moment never mix. `timer.every` keeps the beat however long printing takes, and
-- the program goes on until the last of the threads has ended: nothing has to be joined.

local seconds = tonumber(arg[1] or math.huge)
if not (seconds and seconds > 0) or arg[2] then
  io.stderr:write("usage: luaconc repeater.lua [seconds]\n")
  os.exit(2)
end

local function repeater(word, interval)
  local times = seconds < math.huge and math.ceil(seconds / interval) or nil
  timer.every({name = word, immediate = true, times = times}, interval, print, word):join()
end

thread.spawn({name = "dum"}, repeater, "dum", 1)
thread.spawn({name = "tis"}, repeater, "tis", 0.5)
thread.spawn({name = "ah"}, repeater, "ah", 3)
