-- Uses one of Debian's Lua modules, given by its package's name, in the main state and in threads, one after the other
-- and several at once. Every use must give the same; then it prints "ok". DebianModulesTests runs it.
local uses = {}

uses["lua-cjson"] = function()
  local cjson = require "cjson"
  local back = cjson.decode(cjson.encode({ list = { 1, 2.5, "x" }, none = cjson.null }))
  assert(back.none == cjson.null and not pcall(cjson.decode, "{"))
  return table.concat(back.list, " ")
end

uses["lua-filesystem"] = function()
  local lfs = require "lfs"
  local names = {}
  for name in lfs.dir("/etc/apt") do names[#names + 1] = name end
  table.sort(names)
  return lfs.attributes("/etc", "mode"), lfs.currentdir() ~= nil, table.concat(names, " ")
end

uses["lua-lpeg"] = function()
  local lpeg = require "lpeg"
  local number = lpeg.R("09") ^ 1 / tonumber
  local sum = lpeg.Cf(number * ("+" * number) ^ 0, function(a, b) return a + b end)
  return sum:match("1+20+300"), require("re").match("key = value", "{%w+} %s* '=' %s* {%w+}")
end

uses["lua-socket"] = function()
  local socket = require "socket"
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  local client = assert(socket.connect("127.0.0.1", port))
  local peer = assert(server:accept())
  assert(client:send("over the wire\n"))
  local line = assert(peer:receive())
  client:close()
  local _, reason = peer:receive()
  peer:close()
  server:close()
  return line, reason, require("socket.url").parse("http://host:80/path").port
end

uses["lua-penlight"] = function()
  local List, pretty, stringx = require "pl.List", require "pl.pretty", require "pl.stringx"
  local class = require "pl.class"
  local Animal = class()
  function Animal:_init(name) self.name = name end
  return tostring(List { 3, 1, 2 }:sort()), pretty.write({ 1, { 2 } }, ""), stringx.strip("  x  "), Animal("cat").name
end

uses["lua-expat"] = function()
  local seen = {}
  local parser = require("lxp").new { StartElement = function(_, name) seen[#seen + 1] = name end }
  assert(parser:parse("<a><b/></a>"))
  parser:parse()
  parser:close()
  return table.concat(seen, " ")
end

local use = assert(uses[arg[1]], "no such package")

local function text(...)
  local words = table.pack(...)
  for i = 1, words.n do words[i] = tostring(words[i]) end
  return table.concat(words, " | ")
end

local expected = text(use())
assert(#expected > 0)
for _ = 1, 5 do
  local result = thread.spawn(function() return text(use()) end):join()
  assert(result == expected, result)
end
local threads = {}
for i = 1, 8 do threads[i] = thread.spawn(function() return text(use()) end) end
for i = 1, 8 do assert(threads[i]:join() == expected) end
print("ok")
