-- Many programs at once, ended at any moment.
math.randomseed(7)
local tasks = {}
for i = 1, 8 do
  tasks[i] = task.spawn(function()
    for n = 1, 40 do
      local r, reason = process.run{"sh", "-c", "echo $0", n, timeout = n % 3 == 0 and math.random() * 0.01 or nil}
      assert(r and r.stdout == n .. "\n" or reason == "timeout")
      local p = process.popen{"cat"}
      p:write(n, "\n")
      if n % 2 == 0 then assert(p:read() == tostring(n)) end
      if n % 5 == 0 then p:kill("KILL") else p:close_stdin() end
      p:wait()
    end
  end)
end
for _, t in ipairs(tasks) do t:join() end
print("done") --> done
