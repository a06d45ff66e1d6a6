-- A result that is there when the timeout fires wins, whatever the timeout.
local h = task.spawn(function() return "result", nil, 3 end)
local t = thread.spawn(function() return "threaded" end)
h:wait()
t:wait()
for _, timeout in ipairs { 0, -1, 0.0, -math.huge, 1e-9, 1e9, math.huge } do
  print(h:wait(timeout), t:join(timeout), h:join(timeout))
end
--> done	threaded	result	nil	3
--> done	threaded	result	nil	3
--> done	threaded	result	nil	3
--> done	threaded	result	nil	3
--> done	threaded	result	nil	3
--> done	threaded	result	nil	3
--> done	threaded	result	nil	3
