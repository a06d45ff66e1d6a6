-- A join whose error nobody catches ends the program, with the story of the work on stderr.
--! status 1
--! stderr: thread 'dum': uncaught_join.lua:8: boom
--! stderr: spawned at uncaught_join.lua:10

local function work()
  thread.inbox:recv()
  error("boom")
end
local h = thread.spawn({ name = "dum" }, work)
task.spawn(function() h:send("go") end) -- runs when the join below waits
print("before") --> before
h:join()
print("after")
