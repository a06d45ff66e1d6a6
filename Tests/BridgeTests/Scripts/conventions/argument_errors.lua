-- Argument errors use Lua's own wording.
local function refusal(fn)
  local ok, e = pcall(fn)
  return ok and "accepted" or tostring(e):match("bad argument.*") or e
end
local function head(fn)
  return refusal(fn):match("^bad argument #%d+ to '[%w_]+' %(") or refusal(fn)
end

print(refusal(function() thread.spawn(nil) end)) --> bad argument #1 to 'spawn' (function or file name expected, got nil)
print(refusal(function() thread.spawn(true) end)) --> bad argument #1 to 'spawn' (function or file name expected, got boolean)
print(head(function() thread.spawn() end)) --> bad argument #1 to 'spawn' (
print(head(function() thread.spawn({ name = "dum" }) end)) --> bad argument #2 to 'spawn' (
print(head(function() thread.spawn({ name = "dum" }, 5) end)) --> bad argument #2 to 'spawn' (
print(head(function() task.spawn(nil) end)) --> bad argument #1 to 'spawn' (
print(head(function() task.spawn(5) end)) --> bad argument #1 to 'spawn' (
print(head(function() timer.after(1) end)) --> bad argument #2 to 'after' (
print(head(function() timer.after(1, {}) end)) --> bad argument #2 to 'after' (
print(head(function() timer.every(0, print) end)) --> bad argument #1 to 'every' (
print(head(function() timer.every(-1, print) end)) --> bad argument #1 to 'every' (
print(head(function() channel.new("many") end)) --> bad argument #1 to 'new' (
print(head(function() channel.new(1, "wait") end)) --> bad argument #2 to 'new' (
print(head(function() channel.select(5) end)) --> bad argument #1 to 'select' (
print(head(function() channel.select({ 5 }) end)) --> bad argument #1 to 'select' (
print(head(function() channel.new():send() end)) --> bad argument #1 to 'send' (
print(head(function() channel.new():send(nil) end)) --> bad argument #1 to 'send' (

-- The message names the place, as one of the standard library does.
local _, e = pcall(function() sleep({}) end)
print(e) --> argument_errors.lua:29: bad argument #1 to 'sleep' (number expected, got table)
--! args: --simulate 1d

-- What is wrong is shown whole, zero bytes and large numbers, too.
local function problem(...) return (select(2, pcall(...)):gsub("\0", "<0>")) end
print(problem(task.spawn, {["na\0me"] = 1}, print)) --> bad argument #1 to 'spawn' (unknown option 'na<0>me' (known options: name, daemon, on_error, grace))
print(problem(timer.every, {missed = "a\0b"}, 1, print)) --> bad argument #1 to 'every' (option 'missed': one of 'skip', 'burst', 'delay' expected, got 'a<0>b')
print(problem(thread.spawn, "no\0such.lua")) --> cannot open no<0>such.lua: the name has a zero byte
print(problem(sync.semaphore, math.maxinteger)) --> bad argument #1 to 'semaphore' (1099511627775 or less expected, got 9223372036854775807)
print(#task.group{limit = math.maxinteger}) --> 0
