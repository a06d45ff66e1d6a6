-- Cancelling who waits ends the program.
local file = os.tmpname()
local runner = task.spawn(function()
  process.run("sh", "-c", "trap 'echo ended >" .. file .. "; exit' TERM; echo begun >" .. file .. "; while :; do sleep 0.01; done")
end)
local function content()
  local f <close> = io.open(file)
  return f and f:read() or ""
end
while content() ~= "begun" do sleep(0.01) end
runner:cancel()
print(runner:wait()) --> cancelled
while content() ~= "ended" do sleep(0.01) end
os.remove(file)
