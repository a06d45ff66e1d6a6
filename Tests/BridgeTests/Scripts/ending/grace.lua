-- Handlers that outlast the grace are cut short, whatever they do; those around them still run.
local function cut(name, fn, where)
  local out = channel.new()
  local h = where.spawn({name = name, grace = 0.05}, function(fn, out)
    local outer <close> = setmetatable({}, {__close = function() out:send("outer ran") end})
    local inner <close> = setmetatable({}, {__close = function() fn() end})
    out:send("ready")
    sleep(1000)
  end, fn, out)
  out:recv()
  h:cancel()
  print(name, h:wait(), out:recv())
end
for _, where in ipairs {task, thread} do
  cut("sleeps", function() sleep(1000) end, where)
  cut("waits", function() pcall(function() channel.new():recv() end) channel.new():recv() end, where)
  cut("loops", function() while true do end end, where)
  cut("loops in pcall", function() while true do pcall(function() while true do end end) end end, where)
  cut("sleeps in pcall", function() while true do pcall(sleep, 1000) end end, where)
end
--> sleeps	cancelled	outer ran
--> waits	cancelled	outer ran
--> loops	cancelled	outer ran
--> loops in pcall	cancelled	outer ran
--> sleeps in pcall	cancelled	outer ran
--> sleeps	cancelled	outer ran
--> waits	cancelled	outer ran
--> loops	cancelled	outer ran
--> loops in pcall	cancelled	outer ran
--> sleeps in pcall	cancelled	outer ran
