-- A module that package.loaded holds under two names travels under the one that a script has required, so it arrives whole.
local function use()
  local facade = require "facade"
  package.loaded.another_name = facade
  local function there() return facade.base(), facade.extra(), facade == require "facade" end
  return thread.spawn(there):join()
end
local all = true
for _ = 1, 40 do  -- in a fresh state each: the order of a table's fields is another one in each
  local base, extra, same = thread.spawn(use):join()
  all = all and base == "base" and extra == "whole" and same
end
print(all) --> true

-- Also when an attempt to require it has failed before.
package.preload.facade = function() error("not yet") end
print(pcall(require, "facade") == false) --> true
package.preload.facade = nil
local facade = require "facade"
print(thread.spawn(function() return facade.extra() end):join()) --> whole
