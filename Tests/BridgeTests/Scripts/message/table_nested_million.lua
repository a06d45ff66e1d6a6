-- A million nested tables are sent or refused with a clear error, never a crash.
local n = 1000000
local t = {}
for _ = 1, n do t = { t } end

local function depth(u)
  local count = 0
  while u[1] do u, count = u[1], count + 1 end
  return count
end

local ok, result = pcall(function() return thread.spawn(depth, t):join() end)
if ok then
  print(result == n) --> true
else
  print(#tostring(result) > 0) -- a refusal says why
end
t = nil

-- The program goes on as before.
print(thread.spawn(depth, { { {} } }):join()) --> 2
--! needs speed
