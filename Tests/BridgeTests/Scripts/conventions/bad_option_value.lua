-- An option with a value that it cannot have is an argument error that names the option.
local function check(option, fn)
  local ok, e = pcall(fn)
  print(ok, tostring(e):find("bad argument #", 1, true) ~= nil, tostring(e):find(option, 1, true) ~= nil)
end

local function never() print("must not run") end

check("overflow", function() channel.new(1, { overflow = "drop" }) end) --> false	true	true
check("overflow", function() channel.new(1, { overflow = 3 }) end) --> false	true	true
check("bytes", function() channel.new(1, { bytes = "64 elephants" }) end) --> false	true	true
check("bytes", function() channel.new(1, { bytes = {} }) end) --> false	true	true
check("name", function() thread.spawn({ name = {} }, never) end) --> false	true	true
check("name", function() task.spawn({ name = {} }, never) end) --> false	true	true
check("on_error", function() thread.spawn({ on_error = 1 }, never) end) --> false	true	true
check("memory", function() thread.spawn({ memory = "lots" }, never) end) --> false	true	true
check("missed", function() timer.every({ missed = "maybe" }, 1, never) end) --> false	true	true
check("jitter", function() timer.every({ jitter = 0 / 0 }, 1, never) end) --> false	true	true
