-- A thread's error that nobody waits for is printed when it happens; the program goes on, and exits with status 1.
--! status 1
--! stderr: unobserved_thread.lua:8: boom
--! stderr: spawned at unobserved_thread.lua:11

local function work(out)
  out:send("about to fail")
  error("boom")
end
local ch = channel.new()
local h = thread.spawn({ name = "dum" }, work, ch)
print(ch:recv()) --> about to fail
repeat sleep(0.001) until h:status() == "failed"
print("goes on") --> goes on
--! args: --simulate 1d
