-- Objects that a thread makes keep one class among themselves when they arrive, over messages and results.
local function produce(out)
  local Account = {}
  Account.__index = Account
  Account.__eq = function(a, b) return a.owner == b.owner end
  Account.__tostring = function(a) return a.owner .. ": " .. a.balance end
  function Account.new(owner, balance) return setmetatable({ owner = owner, balance = balance }, Account) end
  function Account:deposit(n) self.balance = self.balance + n return self end
  for i = 1, 5 do out:send(Account.new("n" .. i, i)) end
  out:close()
  return Account.new("n1", 100), Account
end

local out = channel.new(1)
local h = thread.spawn(produce, out)
local first, same = nil, 0
for a in out do
  first = first or a
  if getmetatable(a) == getmetatable(first) then same = same + 1 end
end
print(same, first:deposit(10)) --> 5	n1: 11

local result, class = h:join()
print(getmetatable(result) == class, getmetatable(first) == class, result == first) --> true	true	true
print(class.new("here", 1):deposit(1)) --> here: 2
