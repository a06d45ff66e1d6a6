-- The program does not end before the finalizers of its threads have run, also of those that nobody joins.
local function finalized(text)
  setmetatable({}, {__gc = function()
    local start = os.clock()
    while os.clock() - start < 0.05 do end
    print(text)
  end})
end
thread.spawn(finalized, "of a thread")
local started = channel.new()
thread.spawn({daemon = true}, function(finalized, started)
  finalized("of a thread")
  started:send(true)
  thread.inbox:recv()
end, finalized, started)
started:recv()
--> of a thread
--> of a thread
