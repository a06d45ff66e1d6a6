-- A class as a module, required by metatable_of_module.lua and others.
local account = {}
account.__index = account

function account.new(owner, balance) return setmetatable({ owner = owner, balance = balance }, account) end

function account:deposit(n) self.balance = self.balance + n end

function account.is(x) return getmetatable(x) == account end

return account
