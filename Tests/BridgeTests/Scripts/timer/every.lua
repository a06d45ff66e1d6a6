--! args: --simulate 1d
-- timer.every calls again and again with its arguments, times bounds it, t.count is up to date inside the callback.
local t
t = timer.every({times = 3, name = "tick"}, 0.4, function(...) print(t.count, t.missed, ...) end, "a", nil, "b")
print(t.count, t.missed, t.errors, t:active(), t.name) --> 0	0	0	true	tick

-- Without times it goes on until it is cancelled.
local n, u = 0, nil
u = timer.every(0.4, function()
  n = n + 1
  if n == 2 then u:cancel() end
end)

t:join()
--> 1	0	a	nil	b
--> 2	0	a	nil	b
--> 3	0	a	nil	b
print("joined", t.count, t:active()) --> joined	3	false
u:join()
print(n, u.count) --> 2	2
