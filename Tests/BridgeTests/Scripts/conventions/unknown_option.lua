-- An unknown option is an argument error that names it and lists those known.
local function check(position, culprit, known, fn)
  local ok, e = pcall(fn)
  local text = tostring(e)
  local missing = {}
  for _, word in ipairs { position, culprit, table.unpack(known) } do
    if not text:find(word, 1, true) then missing[#missing + 1] = word end
  end
  print(ok, #missing == 0 and "complete" or "lacks " .. table.concat(missing, ", ") .. ": " .. text)
end

local function never() print("must not run") end

check("bad argument #1 to 'spawn'", "nmae", { "name", "daemon", "memory", "on_error", "grace" }, function()
  thread.spawn({ nmae = "dum" }, never)
end) --> false	complete
check("bad argument #1 to 'spawn'", "colour", { "name", "daemon", "on_error", "grace" }, function()
  task.spawn({ name = "dum", colour = "red" }, never)
end) --> false	complete
check("bad argument #2 to 'new'", "overflw", { "overflow", "bytes" }, function()
  channel.new(1, { overflw = "wait" })
end) --> false	complete
check("bad argument #1 to 'after'", "tiems", { "name", "daemon", "on_error" }, function()
  timer.after({ tiems = 3 }, 0, never)
end) --> false	complete
local all = { "missed", "overlap", "times", "immediate", "jitter", "name", "daemon", "on_error" }
check("bad argument #1 to 'every'", "tiems", all, function()
  timer.every({ tiems = 3 }, 0.001, never)
end) --> false	complete

-- A key that is no string is no known option either.
print((pcall(thread.spawn, { never }, never))) --> false
print((pcall(task.spawn, { [true] = 1 }, never))) --> false
