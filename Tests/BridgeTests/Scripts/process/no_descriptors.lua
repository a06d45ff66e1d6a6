-- A moment without descriptors is over when it is over: nothing of it is kept, whatever was tried meanwhile.
assert(process.run("prlimit", "--pid", tostring(process.pid()), "--nofile=80:80").ok)
local held = {}
repeat
  local file = io.open("/dev/null")
  held[#held + 1] = file
until not file

local starts = {
  run = function() return process.run({timeout = 20}, "echo", "hi") end,
  popen = function()
    local p, why = process.popen("true")
    if not p then return nil, why end
    p.stdin:close()
    p.stdout:close()
    return p:wait()
  end,
  thread = function() return thread.spawn(function() return 1 end):join(20) end,
  process = function() return process.spawn(function() return 1 end):join(20) end,
}
local function try(name)
  local ok, result, why = pcall(starts[name])
  if ok and result then return true end
  local text = tostring(ok and why or result)
  assert(text:find("Too many open files", 1, true), name .. ": " .. text)
end
local failed, worked = {}, {}
for free = 0, 20 do
  for name in pairs(starts) do
    if try(name) then worked[name] = true else failed[name] = true end
  end
  table.remove(held):close()
end
print(failed.run, failed.popen, failed.process) --> true	true	true
print(worked.run, worked.popen, worked.thread, worked.process) --> true	true	true	true
for i = 1, 3 do
  for name in pairs(starts) do assert(try(name), name) end
end
