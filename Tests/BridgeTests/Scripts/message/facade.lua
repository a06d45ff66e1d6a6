--! module
-- Adds to the table of another module, and is that table itself.
local core = require "facade_core"
function core.extra() return "whole" end
return core
