-- A channel outlives the state that made it, with the messages that are in it.
local ch = thread.spawn(function()
  local made = channel.new(10)
  made:send({ text = "left behind", by = function() return "a function" end })
  made:send("second")
  return made
end):join()
local first = ch:recv()
print(first.text, first.by()) --> left behind	a function
print(ch:recv(), #ch, ch:capacity() == 10) --> second	0	true

-- One that is only in a message of another channel lives there.
local outer = channel.new()
do
  local inner = channel.new()
  inner:send("nested")
  outer:send(inner)
end
collectgarbage()
collectgarbage()
print(outer:recv():recv()) --> nested
