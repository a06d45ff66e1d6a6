--! args: --simulate 1d
-- A thread works on copies: what it does to arguments, upvalues and globals is not seen outside, nor the other way.
counter = 10
local upvalue = 1
local list = {1}
local go = channel.new()
local worker = thread.spawn(function(l)
  go:recv()
  counter = counter + 1
  upvalue = upvalue + 1
  l[#l + 1] = "added"
  made_by_thread = true
  string.new_member = "here"
  return counter, upvalue, #l
end, list)
upvalue = 100
list[2], list[3] = "later", "later still"
go:send(true)
print(worker:join()) --> 11	2	2
print(counter, upvalue, #list, made_by_thread, string.new_member) --> 10	100	3	nil	nil

-- Tasks of a thread share that thread's variables.
print(thread.spawn(function()
  local sum = 0
  for i = 1, 10 do task.spawn(function() sum = sum + i end) end
  sleep(0.001)
  return sum
end):join()) --> 55
