--! real: pauses in which the fork server may get ready
-- Children, and the process that forks them, with each system call of their own start failing in turn (fail.c): each
-- handle hears of an end, and what failed once works again.
local inner = [[
  local results = {}
  for i = 1, 4 do
    local ok, e = pcall(function() return process.spawn({name = "c" .. i}, function() return 1 end):join(10) end)
    results[i] = ok and "ok" or e.kind == "exit" and "exit" or tostring(e):gsub("\n.*", "")
    if i == 2 then sleep(0.1) end  -- the fork server gets ready
  end
  print(table.concat(results, " "))
]]
local ends, failures = 0, 0
local last = tonumber(arg[1])
for n = 1, last do
  local r, why = process.run({timeout = 60, env = {FAIL_AT = n}}, "/proc/" .. process.pid() .. "/exe", "-e", inner)
  local line = r and r.stdout:gsub("\n", "") or tostring(why)
  for word in line:gmatch("%S+") do
    if word == "ok" then ends = ends + 1 elseif word == "exit" then failures = failures + 1 else print(n, line) break end
  end
  if not r or r.code ~= 0 then print(n, line, r and r.code, r and r.stderr) end
end
print(ends + failures == 4 * last, failures > 0) --> true	true
