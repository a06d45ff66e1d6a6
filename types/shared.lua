---@meta

---What all threads share: maps and counters.
---@class luaconc.shared
shared = {}

---@alias luaconc.Key boolean | number | string

---A map of values that can be sent. Each call is atomic.
---@class luaconc.SharedMap
---@operator len: integer
local SharedMap = {}

---A copy of the value; the default, or nil, if there is none.
---@param key luaconc.Key
---@param default? any
---@return any value
function SharedMap:get(key, default) end

---Sets the value to a copy; nil deletes the key. Waits while the key is being updated.
---@param key luaconc.Key
---@param value any Anything that can be sent.
function SharedMap:set(key, value) end

---Adds to a number; a missing key counts as 0. Waits while the key is being updated.
---@param key luaconc.Key
---@param n? number Default: 1.
---@return number new
function SharedMap:incr(key, n) end

---Sets the value if it is the old one. Waits while the key is being updated.
---@param key luaconc.Key
---@param old any What `rawequal` can find equal: no table, no function. Nil: the key is missing.
---@param new any Nil: the key is deleted.
---@return boolean done
function SharedMap:cas(key, old, new) end

---Sets the value to what the function makes of it. Nobody else writes the key meanwhile.
---@param key luaconc.Key
---@param fn fun(old: any): any Nil: the key is deleted.
---@return any new
function SharedMap:update(key, fn) end

---Removes the key. Waits while the key is being updated.
---@param key luaconc.Key
---@return boolean existed
function SharedMap:delete(key) end

---The keys at one moment, in no order.
---@return luaconc.Key[]
function SharedMap:keys() end

---A new map, or the one of that name.
---@param name? string
---@return luaconc.SharedMap
function shared.map(name) end

---An integer that all threads count with.
---@class luaconc.SharedCounter
local SharedCounter = {}

---@param n? integer Default: 1.
---@return integer new
function SharedCounter:add(n) end

---@return integer
function SharedCounter:get() end

---@param n? integer Where it begins. Default: 0.
---@return luaconc.SharedCounter
function shared.counter(n) end

return shared
