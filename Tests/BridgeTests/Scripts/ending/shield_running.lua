-- Running code is shielded from a deadline, too.
local steps
local ok, e = pcall(task.timeout, 0.001, function()
  task.shield(function()
    local till = timer.now() + 0.03
    while timer.now() < till do end
    steps = "computed"
  end)
end)
print(ok, e.kind, steps) --> false	timeout	computed
