-- Large blocks that were in use for a moment, and that nobody wants again, go back to the system.
-- A sanitizer keeps what is freed, so that it is for the release build.
--! release
local status = require "status"

local size = 4 << 20
local function use(n)
  local all = {}
  for i = 1, n do all[i] = ("x"):rep(size + i) end
  all = nil
  collectgarbage()
end

use(1)
local before = status("VmRSS")
use(12)
for _ = 1, 100 do use(1) end
local after = status("VmRSS")
print(after - before < 16000 or after - before) --> true
