-- Stress: a channel and a handle of the parent arrive in a child again and again, while its threads let go of them.
local rounds <const> = 1500

local function take(feed, answers)
  local count = 0
  for message in feed do
    assert(#message[1] == 0 and message[2].name == "keeper")
    count = count + 1
    message = nil
    collectgarbage()
  end
  answers:send(count)
end
local function child(take, feed, answers)
  local threads = {}
  for i = 1, 3 do threads[i] = thread.spawn(take, feed, answers) end
  for _, t in ipairs(threads) do t:join() end
end

local feed, answers, sent = channel.new(2), channel.new(), channel.new()
local handle = thread.spawn({name = "keeper"}, function() return thread.inbox:recv() end)
local p = process.spawn(child, take, feed, answers)
for _ = 1, rounds do feed:send {sent, handle} end
feed:close()
local count = 0
for _ = 1, 3 do count = count + answers:recv() end
print(count == rounds) --> true
p:join()
handle:send "the end"
print(handle:join()) --> the end
