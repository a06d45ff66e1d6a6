-- The limits of a sandbox. What ends a child is in the error of its handle, and in the result of a program.
--! needs landlock
package.path = "../lib/?.lua;" .. package.path
local sandboxes = require "sandboxes"
local here <close> = sandboxes.folder()

-- How much each gets, of what it tries to get.
local function most(limits, attack, asked)
  limits.read = {here .. "/attack.so"}
  local program, lua = sandboxes.answers(here, limits, {{attack, asked}})
  return math.tointeger(program[1]), math.tointeger(lua[1])
end
local program, lua = most({files = 100}, "files", 10000)
print(program, lua < 100 and lua > 50) --> 97	true
-- Never more than 64 are tried.
local program, lua = most({processes = 5}, "processes", 20)
print(program, lua >= 5 and lua <= 7) --> 5	true
print(most({processes = 0}, "processes", 20) == 0) --> true
local program = most({memory = "64M"}, "memory", 1000)
print(program > 32 and program < 64) --> true
print(sandboxes.answers(here, {memory = "64M", read = {here .. "/attack.so"}}, {{"shared memory"}})[1]) --> ENOMEM

local function fate(limits, fn, ...)
  local p = process.spawn({sandbox = limits}, fn, ...)
  local ok, e = pcall(p.join, p)
  return ok, e.kind, e.message
end
print(fate({cpu = 1}, function() while true do end end))
--> false	exit	killed by signal 24 (XCPU): limit 'cpu' of its sandbox (1 s)
print(fate({memory = "20M"}, function() return ("x"):rep(1e8) end))
--> false	exit	exit code 1: not enough memory: limit 'memory' of its sandbox (20971520 bytes)
print(fate({write = {here.path}, size = "64K"}, function(path)
  local file = io.open(path, "w")
  while file:write(("x"):rep(1000)) do end
end, here .. "/endless"))
--> false	exit	killed by signal 25 (XFSZ): limit 'size' of its sandbox (65536 bytes)
print(#io.open(here .. "/endless"):read("a")) --> 65536

local function ended(limits, ...)
  local result = process.run({sandbox = limits, stdout = "null"}, ...)
  return result.ok, result.signal, result.limit
end
print(ended({cpu = 1}, "sh", "-c", "while :; do :; done")) --> false	24	cpu
print(ended({write = {here.path}, size = 1000}, "sh", "-c", "while :; do echo xxxxxxxxxxxx; done >" .. here .. "/file"))
--> false	25	size
local p = process.popen({sandbox = {cpu = 1}}, "sh", "-c", "while :; do :; done")
print(p:wait().limit) --> cpu
print(process.run({sandbox = true}, "sh", "-c", "kill -XCPU $$").limit) --> cpu
