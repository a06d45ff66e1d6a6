---@meta

---At the prompt: tells what there is. Without an argument it lists the modules; for a function it prints its usage, what
---it does and an example; for a module its functions; for an object the methods that it has; for a string the functions
---that have to do with it.
---@param what? any
function help(what) end

---At the prompt: shows what runs. Threads and processes of the program; tasks, timers and schedules of this state.
function jobs() end
