-- Where the system bounds memory or address space, want of it is an error of the one that asked: the program goes on, and
-- ends by itself.
local luaconc = arg[-1]

local prelude = [[
local function refused(n, fn)
  for i = 1, n do
    local ok, e = pcall(fn, i)
    if not ok then
      e = type(e) == "table" and e.message or e
      return assert(e:find("not enough memory") or e:find("Cannot allocate memory"), e)
    end
  end
  error("never refused")
end
local function queue() return channel.new(math.huge, {bytes = math.huge}) end
local kept = {}
]]

local works = {
  strings = [[ refused(1e5, function(i) kept[i] = ("x"):rep(1 << 20) .. i end) ]],
  tables = [[ refused(1e8, function(i) kept[i] = {i} end) ]],
  long = [[
    local ch, text = queue(), ("y"):rep(5 << 20)
    refused(1e4, function(i) ch:send(text .. i) end)
    while #ch > 0 do ch:recv() end ]],
  middling = [[ local ch, text = queue(), ("y"):rep(20000) refused(1e6, function() ch:send(text) end) ]],
  deep = [[
    local t, ch = {}, queue()
    for _ = 1, 2e4 do t = {t} end
    refused(1e4, function() ch:send(t) end) ]],
  received = [[
    local ch, t = queue(), {}
    for i = 1, 1e4 do t[i] = {i, tostring(i)} end
    refused(1e4, function(i) ch:send(t) kept[i] = ch:recv() end) ]],
  channels = [[ refused(1e7, function(i) kept[i] = channel.new() end) ]],
  maps = [[
    local m = shared.map()
    refused(1e7, function(i) m:set("key " .. i, ("v"):rep(500)) end)
    pcall(m.keys, m) ]],
  timers = [[ refused(1e7, function(i) kept[i] = timer.after(1000, print) end) os.exit(0, false) ]],
  threads = [[
    refused(2000, function(i) kept[i] = thread.spawn({on_error = function() end}, function() return thread.inbox:recv() end) end)
    for i, h in ipairs(kept) do h:send(i) end
    for _, h in ipairs(kept) do
      local ok, e = pcall(h.join, h)
      assert(ok or e.kind == "memory", e)
    end ]],
  within = [[
    local h = thread.spawn({on_error = function() end}, function()
      local t = {}
      for i = 1, 1e8 do t[i] = ("z"):rep(1000) .. i end
    end)
    local ok, e = pcall(h.join, h)
    assert(not ok and e.kind == "memory", e) ]],
  captured = [[
    refused(100, function(i) kept[i] = process.run("head", "-c", "20000000", "/dev/zero").stdout end) ]],
  read = [[ refused(1, function() return process.popen("head", "-c", "900000000", "/dev/zero"):read("a") end) ]],
  line = [[ refused(1, function() return process.popen("head", "-c", "900000000", "/dev/zero"):read() end) ]],
  input = [[
    local text = ("q"):rep(10 << 20)
    refused(100, function(i) kept[i] = text .. i process.run({stdin = kept[i]}, "true") end) ]],
  names = [[
    refused(1, function() return thread.spawn({name = ("n"):rep(80 << 20)}, function() end):join() end)
    refused(1, function() return process.run("true", ("n"):rep(80 << 20)) end) ]],
  message = [[
    local h = thread.spawn({on_error = function() end}, function() error(("e"):rep(60 << 20)) end)
    local ok, e = pcall(h.join, h)
    assert(not ok and e.kind == "memory", e.kind) ]],
}

local after = [[
kept = nil
collectgarbage()
collectgarbage()
assert(thread.spawn(function() return 1 end):join() == 1)
assert(process.run("echo", "hi").stdout == "hi\n")
]]

-- Sanitizers map more than any bound allows.
local size = 0
for line in io.lines("/proc/self/status") do size = tonumber(line:match("^VmSize:%s+(%d+)")) or size end
local isbound = size < 1 << 32

local function run(name)
  local command = "ulimit -c 0; ulimit -v 256000; exec \"$0\" -"
  local r = process.run{"sh", "-c", command, luaconc, stdin = prelude .. "do " .. works[name] .. " end " .. after, timeout = 120}
  if r and r.code == 0 and r.stderr == "" then return true end
  print(name, r and r.code, r and r.signal, r and r.stderr)
end

local good, count = 0, 0
for name in pairs(works) do
  count = count + 1
  if not isbound or run(name) then good = good + 1 end
end
print(good, count) --> 17	17
