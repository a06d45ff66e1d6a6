--! args: --simulate 1d
-- Which children are started again: permanent ones always, transient ones when they have failed, temporary ones never.
local function child(started, ending)
  started:send(thread.current().name)
  if ending == "failed" then error("boom", 0) end
  if ending == "cancelled" then sleep(1000) end
end

local function cell(kind, restart, ending)
  local started = channel.new()
  local s = supervisor.spawn {
    intensity = math.huge,
    on_error = function(e, name) assert(e.message == "boom" and name == "x") end,
    children = {{name = "x", kind = kind, restart = restart, start = child, args = {started, ending}}},
  }
  local function first() return s:which()[1] end
  assert(started:recv())
  local handle = first() and first().handle
  if ending == "cancelled" then handle:cancel() end
  local case = channel.select {started, s}
  if case == 1 then
    assert(first().restarts >= 1)
    s:cancel()
    assert(s:wait() == "cancelled")
    return "again"
  end
  assert(s:join() == nil)
  local left = first()
  assert((left == nil) == (restart == "temporary"))
  if left then assert(left.status == ending and left.restarts == 0) end
  return "-"
end

for _, kind in ipairs {"task", "thread", "process"} do
  for _, restart in ipairs {"permanent", "transient", "temporary"} do
    print(kind, restart, cell(kind, restart, "done"), cell(kind, restart, "failed"), cell(kind, restart, "cancelled"))
  end
end
--> task	permanent	again	again	again
--> task	transient	-	again	-
--> task	temporary	-	-	-
--> thread	permanent	again	again	again
--> thread	transient	-	again	-
--> thread	temporary	-	-	-
--> process	permanent	again	again	again
--> process	transient	-	again	-
--> process	temporary	-	-	-
