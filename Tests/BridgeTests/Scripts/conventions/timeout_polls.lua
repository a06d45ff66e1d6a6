-- A timeout of 0 polls, and a negative one does the same.
for _, timeout in ipairs { 0, 0.0, -0.0, -1, -1e300, -math.huge } do
  local empty, full = channel.new(), channel.new(1)
  full:send("first")
  local gate = channel.new()
  local h = task.spawn(function() return gate:recv() end)

  -- Nothing to be had: told at once.
  local a, why_a = empty:recv(timeout)
  local b, why_b = full:send("second", timeout)
  local c, why_c = channel.select({ empty, { full, "third" }, h }, timeout)
  local d, why_d = h:wait(timeout)
  local ok, e = pcall(h.join, h, timeout)
  print(a, why_a, b, why_b, c, why_c, d, why_d, ok, e.kind)

  -- Something to be had: taken.
  gate:send("go")
  h:wait()
  print(empty:send(1, timeout), empty:recv(timeout), full:recv(timeout), h:wait(timeout), h:join(timeout))
end
--> nil	timeout	nil	timeout	nil	timeout	nil	timeout	false	timeout
--> true	1	first	done	go
--> nil	timeout	nil	timeout	nil	timeout	nil	timeout	false	timeout
--> true	1	first	done	go
--> nil	timeout	nil	timeout	nil	timeout	nil	timeout	false	timeout
--> true	1	first	done	go
--> nil	timeout	nil	timeout	nil	timeout	nil	timeout	false	timeout
--> true	1	first	done	go
--> nil	timeout	nil	timeout	nil	timeout	nil	timeout	false	timeout
--> true	1	first	done	go
--> nil	timeout	nil	timeout	nil	timeout	nil	timeout	false	timeout
--> true	1	first	done	go
