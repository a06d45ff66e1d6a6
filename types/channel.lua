---@meta

---Queues of messages between tasks and threads.
---@class luaconc.channel
channel = {}

---@class luaconc.ChannelOptions
---@field overflow? "wait" | "drop_oldest" | "drop_newest" What happens to a message for which there is no room.
---@field bytes? number | string The most bytes that may be queued; default `"64M"`.

---A new channel.
---@param capacity? number How many messages it holds: default 1024, 0 is a rendezvous, `math.huge` has no bound.
---@param options? luaconc.ChannelOptions
---@return luaconc.Channel
function channel.new(capacity, options) end

---Waits until one of several things can be done, and does exactly that one.
---@param cases (luaconc.Channel | luaconc.Handle | luaconc.Supervisor | { [1]: luaconc.Channel, [2]: any })[]
---@param timeout? number Seconds; nil or `math.huge`: for ever; 0 or less: only look.
---@return integer? index nil when the timeout has run out.
---@return any value The message, `true` for a send, the status of a handle's work, or nil.
---@return "closed"? reason The channel is closed and drained.
function channel.select(cases, timeout) end

---@class luaconc.Channel
---@operator len: integer
---@overload fun(): any
local Channel = {}

---Sends a copy of the value; waits while there is no room. Raises an error of kind `closed` on a closed channel.
---@param value any Anything but nil that can be sent.
---@param timeout? number Seconds; nil or `math.huge`: for ever; 0 or less: only look.
---@return true? sent nil when the timeout has run out.
---@return "timeout"? reason
function Channel:send(value, timeout) end

---Takes the oldest message; waits while there is none.
---@param timeout? number Seconds; nil or `math.huge`: for ever; 0 or less: only look.
---@return any value
---@return "closed" | "timeout" | nil reason Why there is no value.
function Channel:recv(timeout) end

---No more messages; those that are queued can still be received.
function Channel:close() end

---Whether it was closed.
---@return boolean
function Channel:closed() end

---How many messages it holds.
---@return number capacity An integer, or `math.huge`.
function Channel:capacity() end

return channel
