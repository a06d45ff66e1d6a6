---@meta

---Locks and other ways to wait for each other, among all tasks of all threads.
---@class luaconc.sync
sync = {}

---Gives back what was taken, by hand or at the end of its block: `local held <close> = lock:acquire()`.
---@class luaconc.Guard
local Guard = {}

---Gives back what was taken. Twice does nothing.
function Guard:release() end

---A lock that one task holds at a time.
---@class luaconc.Lock
local Lock = {}

---Takes the lock. Raises an error of kind `deadlock` if the task holds it, or if it would close a ring.
---@param timeout? number Seconds; nil or `math.huge`: for ever; 0 or less: only look.
---@return luaconc.Guard? held nil when the timeout has run out.
---@return "timeout" | "abandoned" | nil reason `abandoned`: a holder has ended without giving it back.
function Lock:acquire(timeout) end

---Calls a function while it holds the lock.
---@param fn fun(...): ...
---@param ... any Arguments, passed as they are.
---@return any ... What the function returned.
function Lock:with(fn, ...) end

---@return luaconc.Lock
function sync.lock() end

---A lock for many readers, or one writer.
---@class luaconc.RWLock
local RWLock = {}

---Takes the lock as one of many readers.
---@param timeout? number Seconds; nil or `math.huge`: for ever; 0 or less: only look.
---@return luaconc.Guard? held nil when the timeout has run out.
---@return "timeout" | "abandoned" | nil reason
function RWLock:read(timeout) end

---Takes the lock as the only writer.
---@param timeout? number Seconds; nil or `math.huge`: for ever; 0 or less: only look.
---@return luaconc.Guard? held nil when the timeout has run out.
---@return "timeout" | "abandoned" | nil reason
function RWLock:write(timeout) end

---Calls a function as a reader.
---@param fn fun(...): ...
---@param ... any
---@return any ...
function RWLock:with_read(fn, ...) end

---Calls a function as the writer.
---@param fn fun(...): ...
---@param ... any
---@return any ...
function RWLock:with_write(fn, ...) end

---@return luaconc.RWLock
function sync.rwlock() end

---A number of permits.
---@class luaconc.Semaphore
local Semaphore = {}

---Takes a permit.
---@param timeout? number Seconds; nil or `math.huge`: for ever; 0 or less: only look.
---@return luaconc.Guard? held nil when the timeout has run out.
---@return "timeout" | "abandoned" | nil reason
function Semaphore:acquire(timeout) end

---Calls a function while it holds a permit.
---@param fn fun(...): ...
---@param ... any
---@return any ...
function Semaphore:with(fn, ...) end

---Gives back permits that the task holds; adds what it does not hold.
---@param n? integer Default: 1.
function Semaphore:release(n) end

---How many permits are free.
---@return integer
function Semaphore:available() end

---@param n integer 0 or more.
---@return luaconc.Semaphore
function sync.semaphore(n) end

---A flag that is waited for.
---@class luaconc.EventFlag
local EventFlag = {}

---Sets it, and wakes all who wait.
function EventFlag:set() end

---Takes the flag back.
function EventFlag:clear() end

---@return boolean
function EventFlag:is_set() end

---Waits until it is set.
---@param timeout? number Seconds; nil or `math.huge`: for ever; 0 or less: only look.
---@return true? set nil when the timeout has run out.
---@return "timeout"? reason
function EventFlag:wait(timeout) end

---@return luaconc.EventFlag
function sync.event() end

---A place where tasks wait for each other.
---@class luaconc.Barrier
local Barrier = {}

---Waits until as many have come as it takes.
---@param timeout? number Seconds; nil or `math.huge`: for ever; 0 or less: only look.
---@return integer? number The task's number among them, from 1 on; nil when the timeout has run out.
---@return "timeout"? reason
function Barrier:wait(timeout) end

---@param n integer 1 or more.
---@return luaconc.Barrier
function sync.barrier(n) end

---A lock, and a line of those who wait for a change of what it guards.
---@class luaconc.Condition
local Condition = {}

---Takes the lock.
---@param timeout? number Seconds; nil or `math.huge`: for ever; 0 or less: only look.
---@return luaconc.Guard? held nil when the timeout has run out.
---@return "timeout" | "abandoned" | nil reason
function Condition:acquire(timeout) end

---Calls a function while it holds the lock.
---@param fn fun(...): ...
---@param ... any
---@return any ...
function Condition:with(fn, ...) end

---Gives the lock back, waits to be notified, and takes the lock again.
---@param timeout? number Seconds; nil or `math.huge`: for ever; 0 or less: only look.
---@return true? notified nil when the timeout has run out.
---@return "timeout"? reason
function Condition:wait(timeout) end

---Wakes the first who wait.
---@param n? integer How many at most. Default: 1.
---@return integer woken
function Condition:notify(n) end

---Wakes all who wait.
---@return integer woken
function Condition:notify_all() end

---@param lock? luaconc.Lock Default: a new one.
---@return luaconc.Condition
function sync.condition(lock) end

---A function that runs once, whoever calls it.
---@class luaconc.Once
---@overload fun(...): ...
local Once = {}

---Whether the function has returned.
---@return boolean
function Once:done() end

---@param fn fun(...): ...
---@return luaconc.Once
function sync.once(fn) end

return sync
