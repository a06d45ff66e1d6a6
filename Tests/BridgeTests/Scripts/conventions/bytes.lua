-- Strings are bytes everywhere: what is no UTF-8, or holds zeros, is not altered on its way.
local odd = "caf\xe9 \0 \xff\xfe \xed\xa0\x80"
local name = "n\xe9\xff"
for _, module in ipairs { task, thread, process } do
  local h = module.spawn({ name = name }, function(odd) error(odd, 0) end, odd)
  local ok, e = pcall(h.join, h)
  print(h.kind, e.message == odd, e.origin == name, tostring(e):find("'" .. name .. "': " .. odd, 1, true) ~= nil)
  print(h.name == name, tostring(h):find(name, 1, true) ~= nil)

  h = module.spawn(function(path) assert(io.open(path)) end, "/no/caf\xe9")
  ok, e = pcall(h.join, h)
  print(e.message:find("/no/caf\xe9: No such file or directory", 1, true) ~= nil)

  h = module.spawn(function(odd) error({ [odd] = odd }) end, odd)
  ok, e = pcall(h.join, h)
  print(e.value[odd] == odd)

  h = module.spawn(function(odd) return odd, { [odd] = odd } end, odd)
  local a, b = h:join()
  print(a == odd, b[odd] == odd)

  h = module.spawn(function() sleep(1000) end)
  h:cancel(odd)
  ok, e = pcall(h.join, h)
  print(e.kind, e.message == odd)
end
--> task	true	true	true
--> true	true
--> true
--> true
--> true	true
--> cancelled	true
--> thread	true	true	true
--> true	true
--> true
--> true
--> true	true
--> cancelled	true
--> process	true	true	true
--> true	true
--> true
--> true
--> true	true
--> cancelled	true

-- Through three states, and names of timers.
local p = process.spawn({ name = "p\xfe" }, function(odd)
  local ok, e = pcall(function() thread.spawn({ name = "t\xfd" }, error, odd, 0):join() end)
  return e, e.origin
end, odd)
local e, origin = p:join()
print(e.message == odd, origin == "t\xfd") --> true	true
print(tostring(timer.after({ name = "\xe9" }, 0, function() end)):find("\xe9", 1, true) ~= nil) --> true

-- Words of argument errors, paths in errors of messages, globals of such a name.
local _, e = pcall(thread.spawn, { ["\xe9"] = 1 }, print)
print(e:find("unknown option '\xe9'", 1, true) ~= nil) --> true
_, e = pcall(thread.spawn, print, { ["\xe9"] = { ["a\0b"] = coroutine.create(print) } })
print((e:gsub("\xe9", "E"))) --> cannot send value: args[1]["E"]["a\000b"] is a coroutine
_ENV["g\xe9"] = 5
print(thread.spawn(function() return _ENV["g\xe9"] end):join()) --> 5

-- Programs, their words, variables and folders.
local text = odd:gsub("%z", "")
local r = process.run({ env = { V = text } }, "sh", "-c", 'printf "%s" "$V$1"', "x", "\xff\xfe")
print(r.stdout == text .. "\xff\xfe") --> true
local _, message = process.run("/no/caf\xe9")
print(message == "/no/caf\xe9: No such file or directory") --> true
_, message = process.run({ cwd = "/no/\xe9" }, "true")
print(message == "/no/\xe9: No such file or directory") --> true
_, e = pcall(process.spawn, { cwd = "/no/\xe9" }, print)
print(e:find("/no/\xe9: No such file", 1, true) ~= nil) --> true
_, e = pcall(thread.spawn, "no\xe9.lua")
print(e:find("no\xe9.lua", 1, true) ~= nil) --> true
