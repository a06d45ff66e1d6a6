-- Argument errors call a function as lua5.4 does: by the name that the call gives it; called by other than Lua code, by where
-- package.loaded has it.
local function refusal(fn, ...)
  local _, e = pcall(fn, ...)
  return e
end
print(refusal(os.exit, {})) --> bad argument #1 to 'os.exit' (number expected, got table)
print(refusal(os.exit, 1.5)) --> bad argument #1 to 'os.exit' (number has no integer representation)
print(refusal(os.exit, "1.5")) --> bad argument #1 to 'os.exit' (number has no integer representation)
print(refusal(function() os.exit({}) end)) --> argument_names.lua:10: bad argument #1 to 'exit' (number expected, got table)
print(refusal(coroutine.resume, 1)) --> bad argument #1 to 'coroutine.resume' (thread expected, got number)
print(refusal(coroutine.wrap, 1)) --> bad argument #1 to 'coroutine.wrap' (function expected, got number)
print(refusal(coroutine.create)) --> bad argument #1 to 'coroutine.create' (function expected, got no value)
print(refusal(coroutine.close, 1)) --> bad argument #1 to 'coroutine.close' (thread expected, got number)
print(refusal(coroutine.status)) --> bad argument #1 to 'coroutine.status' (thread expected, got no value)
print(refusal(pcall)) --> bad argument #1 to 'pcall' (value expected)
print(refusal(xpcall, print)) --> bad argument #2 to 'xpcall' (function expected, got no value)
print(refusal(load)) --> bad argument #1 to 'load' (function expected, got no value)
print(refusal(require)) --> bad argument #1 to 'require' (string expected, got no value)
print(refusal(io.write, {})) --> bad argument #1 to 'io.write' (string expected, got table)
print(refusal(io.stdout.write, io.stdout, {})) --> bad argument #2 to '?' (string expected, got table)
print(refusal(function() io.stdout:write({}) end)) --> argument_names.lua:22: bad argument #1 to 'write' (string expected, got table)

-- What luaconc adds is called by its own name.
print(refusal(thread.spawn, nil)) --> bad argument #1 to 'spawn' (function or file name expected, got nil)
print(refusal(sleep)) --> bad argument #1 to 'sleep' (number expected, got no value)
print((refusal(function() channel.new().send() end):gsub("^.-: ", ""))) --> bad argument #1 to 'send' (channel expected, got no value)
print((refusal(function() local t = { send = channel.new().send } t:send(1) end):gsub("^.-: ", "")))
--> calling 'send' on bad self (channel expected, got table)
