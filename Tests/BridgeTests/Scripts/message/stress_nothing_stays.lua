-- Messages with metatables, functions, code, channels, handles and strings of their own leave nothing behind, neither
-- where they are made nor where they are passed on.
local sanitized = os.getenv("TSAN_OPTIONS") ~= nil -- which keeps memory of its own, and takes its time
local count = sanitized and 200 or 6000

local function resident(pid) -- MiB
  local f <close> = io.open("/proc/" .. (pid or "self") .. "/statm")
  return select(2, f:read("n", "n")) * 4096 / 2^20
end

local kinds = {
  {"metatables", function(i)
    return setmetatable({i}, {__index = {name = ("name"):rep(16) .. i}, __tostring = function() return i end})
  end},
  {"functions", function(i) local s = ("upvalue"):rep(8) .. i return function() return s end end},
  {"code", function(i) return load("return " .. i .. ", '" .. ("constant"):rep(8) .. i .. "'") end},
  {"channels", function(i) local c = channel.new() c:send(i) return c end},
  {"handles", function() return task.spawn(function() end) end},
  {"strings", function(i) return {[("key"):rep(20) .. i] = i} end},
}

for _, module in ipairs {thread, process} do
  for _, kind in ipairs(kinds) do
    local name, make = table.unpack(kind)
    local to, back = channel.new(64), channel.new(64)
    local h = module.spawn(function(to, back) for v in to do back:send(v) end return "end" end, to, back)
    local function round(n)
      for i = 1, n, 50 do
        for j = i, i + 49 do to:send(make(j)) end
        for _ = 1, 50 do assert(back:recv() ~= nil) end
      end
      collectgarbage()
      collectgarbage()
    end
    round(2 * count)
    local ours, theirs = resident(), h.kind == "process" and resident(h.pid) or 0
    round(4 * count)
    local more = math.max(resident() - ours, h.kind == "process" and resident(h.pid) - theirs or 0)
    to:close()
    h:join()
    if more > 7 and not sanitized then print(("%s to a %s: %.1f MiB more"):format(name, h.kind, more)) end
  end
end
print("flat") --> flat
