-- A class that is a required module travels by name: the object is an instance of it on either side.
local account = require "account"
local a = account.new("dum", 5)

local b, is_instance, balance = thread.spawn(function(x)
  local account = require "account"
  x:deposit(10)
  return x, getmetatable(x) == account, x.balance
end, a):join()
print(is_instance, balance) --> true	15
print(getmetatable(b) == account, b.balance, a.balance, rawequal(a, b)) --> true	15	5	false
print(account.is(b), account.is(thread.spawn(function() return account.new("made there", 1) end):join())) --> true	true

local ch = channel.new()
ch:send(a)
print(account.is(ch:recv())) --> true
