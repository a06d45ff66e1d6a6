-- A million nested tables are sent or refused with a clear error, never a crash.
local n = 1000000
local t = {}
for _ = 1, n do t = { t } end

local function depth(u)
  local count = 0
  while u[1] do u, count = u[1], count + 1 end
  return count
end

local function fate(ok, result)
  if ok then return result == n and "whole" or "cut to " .. tostring(result) end
  return #tostring(result) > 0 and "refused" or "refused without a word"
end

local arg_fate = fate(pcall(function() return thread.spawn(depth, t):join() end))
print(arg_fate == "whole" or arg_fate == "refused" or arg_fate) --> true

local ch = channel.new(1)
local sent, why = pcall(ch.send, ch, t)
t = nil
local ch_fate = fate(sent, sent and depth(ch:recv()) or why)
print(ch_fate == "whole" or ch_fate == "refused" or ch_fate) --> true

-- The program goes on as before.
print(thread.spawn(depth, { { {} } }):join()) --> 2
