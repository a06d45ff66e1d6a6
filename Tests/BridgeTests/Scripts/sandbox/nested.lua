-- Children of a child are within its walls, and theirs can only be narrower.
--! needs landlock
package.path = "../lib/?.lua;" .. package.path
local sandboxes = require "sandboxes"
local here <close> = sandboxes.folder()
process.run("mkdir", here .. "/a", here .. "/b")
sandboxes.write(here .. "/a/file", "a")
sandboxes.write(here .. "/b/file", "b")

local function reads(path)
  local file, why = io.open(path .. "/file")
  return file and file:read("a") or (why:gsub("^.*: ", ""))
end
local function both(here) return reads(here .. "/a") .. ", " .. reads(here .. "/b") end

-- Each level of each kind: plain, wider, narrower.
local results = process.spawn({sandbox = {read = {here .. "/a"}, exec = {"/bin"}}}, function(here)
  local results = {both(here)}
  local function add(sandbox)
    for _ = 1, 3 do  -- the second child comes from the fork server
      local inner = process.spawn({sandbox = sandbox}, both, here):join()
      local program = process.run({sandbox = sandbox}, "cat", here .. "/a/file", here .. "/b/file")
      local line = inner .. "; " .. program.stdout
      if results[#results] ~= line then table.insert(results, line) end
    end
  end
  add(nil)
  add({read = {"/"}, write = {"/tmp"}, net = {connect = {80}}})
  add({read = {here .. "/b"}})
  return results
end, here.path):join()
for _, line in ipairs(results) do print(line) end
--> a, Permission denied
--> a, Permission denied; a
--> Permission denied, Permission denied;

-- A program that was allowed to start programs: they have its walls.
local result = process.run({sandbox = {read = {here .. "/a"}, exec = {"/bin"}}}, "sh", "-c",
  "cat " .. here .. "/a/file; cat " .. here .. "/b/file 2>/dev/null || echo ' no'")
print(result.stdout) --> a no
-->

-- A child ends its own programs and children, also those within narrower walls.
print(process.spawn({sandbox = {exec = {"/bin"}}}, function()
  local answers = {}
  for _, sandbox in ipairs{false, true} do
    local program = process.popen({sandbox = sandbox}, "sleep", "1000")
    table.insert(answers, program:kill("KILL"))
    table.insert(answers, program:wait().signal)
    local child = process.spawn({sandbox = sandbox}, function() sleep(1000) end)
    table.insert(answers, child:kill("KILL"))
    table.insert(answers, child:exitcode() or child:wait())
  end
  return table.unpack(answers)
end):join()) --> true	9	true	failed	true	9	true	failed

-- Limits, too: the inner one cannot be wider.
print(process.spawn({sandbox = {exec = {"/bin"}, files = 64}}, function()
  return (process.run({sandbox = {files = 1000}}, "sh", "-c", "ulimit -n").stdout:gsub("\n", ""))
end):join()) --> 64
print(process.spawn({sandbox = {exec = {"/bin"}, size = 1000}}, function()
  return select(2, pcall(process.spawn, print))
end):join()) --> cannot start a process: File too large

-- There are at most sixteen walls, one behind the other.
print(process.spawn({sandbox = true}, function()
  local function deeper(n, deeper)
    if n == 14 then return n end
    return process.spawn({sandbox = true}, deeper, n + 1, deeper):join()
  end
  return deeper(1, deeper)
end):join()) --> 14
--! needs speed
