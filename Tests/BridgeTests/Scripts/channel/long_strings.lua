-- Strings of a MiB and more arrive whole, whoever waits for whom, and live on by themselves.
local there, back = channel.new(2), channel.new(0)
local echo = thread.spawn(function()
  local last
  for s in there do
    assert(not last or #last > 1000000)
    back:send(s .. "!")
    back:send(s)
    last = s
  end
end)
local wrong = 0
for i = 1, 60 do
  local s = string.char(i):rep((1 << 20) - 100 + math.random(0, 200) + i % 7 * 300000) .. i
  there:send(s)
  local a, b = back:recv(), back:recv()
  if a ~= s .. "!" or b ~= s then wrong = wrong + 1 end
end
there:close()
echo:join()
print(wrong) --> 0

-- Senders that wait, and one that gives up.
local ch = channel.new(1)
local text = ("x"):rep(2 << 20)
local senders = {}
for i = 1, 4 do senders[i] = thread.spawn(function(s, n) ch:send(s .. n) end, text, i) end
while #ch == 0 do task.sleep(0.001) end
print(task.spawn(function() return ch:send(text, 0.01) end):join()) --> nil	timeout
local sum = 0
for _ = 1, 4 do sum = sum + tonumber(ch:recv():sub(-1)) end
print(sum, #ch) --> 10	0

-- A state with a limit refuses what does not fit, and goes on.
local limited = thread.spawn({memory = "6M"}, function(ch)
  local ok, problem = pcall(ch.recv, ch)
  return ok, tostring(problem), #ch:recv()
end, ch)
ch:send(("y"):rep(8 << 20))
ch:send("small")
print(limited:join()) --> false	not enough memory	5
