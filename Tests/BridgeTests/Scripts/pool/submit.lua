-- `submit` returns a handle like others.
for _, kind in ipairs {thread, process} do
  local pool = kind.pool({name = "hands"}, 2)
  local h = pool:submit(function(a, b) return a + b, nil, kind.current().name:match("%a+") end, 40, 2)
  print(h.kind, h:wait(), h:join())
  print(channel.select {pool:submit(function() end)})

  -- Errors are objects that name the call.
  local h = pool:submit(function() error("boom", 0) end)
  local ok, e = pcall(h.join, h)
  print(e.message, e.origin == h.name, h:status())

  -- More calls than workers wait their turn, in order; what was given is a copy of that moment.
  local calls, list = {}, {0}
  for i = 1, 20 do
    list[1] = i
    calls[i] = pool:submit(function(l) return l[1] end, list)
  end
  for i = 1, 20 do calls[i] = calls[i]:join() end
  print(table.concat(calls, " "))

  -- Cancelling ends a call that runs, and takes away one that waits; the worker goes on.
  local single = kind.pool(1)
  local begun = channel.new()
  local runs = single:submit(function()
    local mark <close> = setmetatable({}, {__close = function(_, e) begun:send(e.kind) end})
    begun:send("begun")
    while true do end
  end)
  local waits = single:submit(function() begun:send("never") end)
  print(begun:recv(), runs:wait(0))
  waits:cancel()
  runs:cancel("enough")
  print(runs:wait(), waits:wait(), begun:recv(), begun:recv(0))
  print(single:submit(function() return "next" end):join())
  single:close()
  pool:close()
  print(#kind.list())
end
--> task	done	42	nil	hands
--> 1	done
--> boom	true	failed
--> 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20
--> begun	nil	timeout
--> cancelled	cancelled	cancelled	nil	timeout
--> next
--> 0
--> task	done	42	nil	hands
--> 1	done
--> boom	true	failed
--> 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20
--> begun	nil	timeout
--> cancelled	cancelled	cancelled	nil	timeout
--> next
--> 0
