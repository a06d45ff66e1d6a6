--! args: --simulate 1d
-- A timeout of math.huge, or of nil, waits until it happens.
local function soon(fn)
  task.spawn(function() sleep(0.001) fn() end)
end

local function each(timeout)
  local ch = channel.new(1)
  soon(function() ch:send("came") end)
  print(ch:recv(timeout))

  ch:send("full")
  soon(function() ch:recv() end)
  print(ch:send("fits", timeout), ch:recv())

  soon(function() ch:send("chosen") end)
  print(channel.select({ ch }, timeout))

  local h = thread.spawn(function() return thread.inbox:recv() end)
  soon(function() h:send("result") end)
  print(h:wait(timeout), h:join(timeout))
end

each(nil)
--> came
--> true	fits
--> 1	chosen
--> done	result
each(math.huge)
--> came
--> true	fits
--> 1	chosen
--> done	result
