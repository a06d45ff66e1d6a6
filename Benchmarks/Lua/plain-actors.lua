-- Objects with queues that send each other parcels in turns: methods, closures, short-lived objects and strings.
-- Usage: luaconc plain-actors.lua [parcels] [task|thread]
-- Prints: ns_per_op (CPU time per parcel, fastest of five passes)

local parcels = tonumber(arg[1]) or 2000

local function work(parcels)
  local Queue = {}
  Queue.__index = Queue

  function Queue.new() return setmetatable({ first = false, last = false }, Queue) end

  function Queue:put(parcel)
    parcel.next = false
    if self.last then self.last.next = parcel else self.first = parcel end
    self.last = parcel
  end

  function Queue:take()
    local parcel = self.first
    if not parcel then return nil end
    self.first = parcel.next
    if not parcel.next then self.last = false end
    return parcel
  end

  local Actor = {}
  Actor.__index = Actor

  function Actor:run()
    local parcel = self.queue:take()
    if parcel then self.handle(self, parcel) end
    return parcel ~= nil
  end

  local function actor(name, handle)
    return setmetatable({ name = name, queue = Queue.new(), handle = handle, handled = 0 }, Actor)
  end

  local function pass()
    local arrived, length = 0, 0
    local sink = actor("sink", function(self, parcel)
      arrived, length = arrived + 1, length + #parcel.label
      self.handled = self.handled + 1
    end)
    local actors = { sink }
    for i = 1, 6 do
      local target = actors[i]
      actors[i + 1] = actor("stage" .. i, function(self, parcel)
        self.handled = self.handled + 1
        target.queue:put({ label = parcel.label .. ":" .. self.handled % 100, sender = self, cargo = parcel.cargo })
      end)
    end
    local start = os.clock()
    for i = 1, parcels do
      actors[#actors].queue:put({ label = "p" .. i, sender = false, cargo = { i, i + 1 } })
      if i % 64 == 0 then
        for _, a in ipairs(actors) do a:run() end
      end
    end
    local busy = true
    while busy do
      busy = false
      for i = 1, #actors do busy = actors[i]:run() or busy end
    end
    local elapsed = os.clock() - start
    assert(arrived == parcels and length > 0)
    return elapsed / parcels
  end

  local best = math.huge
  for _ = 1, 5 do best = math.min(best, pass()) end
  return best
end

-- lua5.4 has only the main chunk.
local place = _G[arg[2]]
print("ns_per_op", (place and place.spawn(work, parcels):join() or work(parcels)) * 1e9)
