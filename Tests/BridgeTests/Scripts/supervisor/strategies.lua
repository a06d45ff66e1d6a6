--! args: --simulate 1d
-- The order in which children are stopped and started again, by strategy.
local log

local function show(title)
  print(title .. ": " .. table.concat(log, " "))
  log = {}
end

-- Four children; b fails when it is told to.
local function demonstrate(strategy)
  log = {}
  local fail = channel.new()
  local children = {}
  for _, name in ipairs {"a", "b", "c", "d"} do
    children[#children + 1] = {
      name = name, kind = "task",
      start = function()
        log[#log + 1] = "+" .. name
        local closing <close> = setmetatable({}, {__close = function(_, e)
          if type(e) == "table" and e.kind == "cancelled" then sleep(0.005) log[#log + 1] = "-" .. name end
        end})
        if name == "b" then fail:recv() error("boom") end
        sleep(1000)
      end,
    }
  end
  local failed = channel.new()
  local s = supervisor.spawn {
    strategy = strategy, children = children, on_error = function() log[#log + 1] = "!b" failed:send(true) end,
  }
  sleep(0)
  show(strategy)
  fail:send(true)
  failed:recv()
  while s:which()[4].status == "cancelled" or s:which()[2].restarts == 0 do sleep(0.001) end
  sleep(0.001)
  show("  b fails")
  local counts = {}
  for i, child in ipairs(s:which()) do counts[i] = child.restarts end
  print("  restarts: " .. table.concat(counts, " "))
  s:cancel()
  print("  " .. s:wait())
  show("  at the end")
end

demonstrate("one_for_one")
--> one_for_one: +a +b +c +d
-->   b fails: !b +b
-->   restarts: 0 1 0 0
-->   cancelled
-->   at the end: -d -c -b -a
demonstrate("one_for_all")
--> one_for_all: +a +b +c +d
-->   b fails: !b -d -c -a +a +b +c +d
-->   restarts: 1 1 1 1
-->   cancelled
-->   at the end: -d -c -b -a
demonstrate("rest_for_one")
--> rest_for_one: +a +b +c +d
-->   b fails: !b -d -c +b +c +d
-->   restarts: 0 1 1 1
-->   cancelled
-->   at the end: -d -c -b -a
