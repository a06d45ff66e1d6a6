---@meta

---Functions in child processes, and external programs.
---@class luaconc.process
---@field inbox luaconc.Channel The inbox of the process that reads this field.
process = {}

---@alias luaconc.Signal string | integer A name such as `"HUP"` or `"SIGHUP"`, or a number.
---@alias luaconc.Stream "inherit" | "null" | "pipe" | file*

---@class luaconc.ProcessOptions
---@field name? string Default: one such as `process-3`.
---@field daemon? boolean The program does not wait for it.
---@field on_error? fun(error: luaconc.Error) Called, in the state of the spawner, if the process fails.
---@field grace? number Seconds that it has after a cancellation before it is killed. Default: 2.
---@field memory? integer | string The most memory that it may use: bytes, or a text such as `"64M"`.
---@field cpu? number Seconds of processor time that it may use.
---@field nice? integer By how much its priority is lower.
---@field cwd? string The folder in which it runs.
---@field env? table<string, string | number | false> Changes to its environment; `false` takes a variable away.
---@field stdin? luaconc.Stream Default: `"inherit"`.
---@field stdout? luaconc.Stream Default: `"inherit"`.
---@field stderr? luaconc.Stream | "stdout" Default: `"inherit"`.

---Starts a function, or the chunk of a file, in a child process. Function, arguments and results are copied.
---@param options luaconc.ProcessOptions
---@param fn (fun(...): ...) | string A function, or the name of a file.
---@param ... any Arguments; anything that can be sent.
---@return luaconc.Process
---@overload fun(fn: (fun(...): (...)) | string, ...): luaconc.Process
function process.spawn(options, fn, ...) end

---The end of a program. `stdout` and `stderr` are there where they were collected.
---@class luaconc.ProgramResult
---@field code? integer The exit code.
---@field signal? integer The signal that killed it.
---@field ok boolean The exit code was 0.
---@field stdout? string
---@field stderr? string

---@class luaconc.RunOptions
---@field stdin? string | file* What the program reads. Default: nothing.
---@field stdout? luaconc.Stream Default: `"pipe"`, collected.
---@field stderr? luaconc.Stream | "stdout" Default: `"pipe"`, collected.
---@field timeout? number Seconds; then the program is ended.
---@field grace? number Seconds between SIGTERM and SIGKILL. Default: 2.
---@field max_output? integer | string The most bytes that are collected.
---@field cwd? string The folder in which it runs.
---@field env? table<string, string | number | false> Changes to its environment; `false` takes a variable away.

---Runs a program to its end. The command may also stand in the options, as a list.
---@async
---@param options luaconc.RunOptions
---@param command string
---@param ... string | number
---@return luaconc.ProgramResult? result nil when it could not be started, or its time was over.
---@return string? message
---@return integer | luaconc.ProgramResult | nil detail The system's number for the error; what there is, after a timeout.
---@overload fun(command: string, ...: string | number): luaconc.ProgramResult?, string?, integer?
---@overload fun(list: table): luaconc.ProgramResult?, string?, integer | luaconc.ProgramResult | nil
function process.run(options, command, ...) end

---@class luaconc.OpenOptions
---@field stdin? luaconc.Stream Default: `"pipe"`.
---@field stdout? luaconc.Stream Default: `"pipe"`.
---@field stderr? luaconc.Stream | "stdout" Default: `"inherit"`.
---@field grace? number Seconds between SIGTERM and SIGKILL when it is ended. Default: 2.
---@field cwd? string The folder in which it runs.
---@field env? table<string, string | number | false> Changes to its environment; `false` takes a variable away.

---Starts a program, to talk with it. The command may also stand in the options, as a list.
---@async
---@param options luaconc.OpenOptions
---@param command string
---@param ... string | number
---@return luaconc.Program? program nil when it could not be started.
---@return string? message
---@return integer? code The system's number for the error.
---@overload fun(command: string, ...: string | number): luaconc.Program?, string?, integer?
---@overload fun(list: table): luaconc.Program?, string?, integer?
function process.popen(options, command, ...) end

---Calls the function as a task whenever this process gets the signal.
---@param signal luaconc.Signal
---@param fn fun(name: string)
---@return luaconc.SignalHandler
function process.on_signal(signal, fn) end

---The child process that calls; nil in the first process of a program.
---@return luaconc.Process?
function process.current() end

---The child processes that have not ended.
---@return luaconc.Process[]
function process.list() end

---The number of this process.
---@return integer
function process.pid() end

---The handle of a process.
---@class luaconc.Process: luaconc.Handle
---@field pid integer The number that the system knows it by.
---@field stdin? luaconc.InputPipe
---@field stdout? luaconc.OutputPipe
---@field stderr? luaconc.OutputPipe
local Process = {}

---Its exit code, or minus the number of the signal that killed it; nil while it runs.
---@return integer?
function Process:exitcode() end

---Sends a signal to it and all that it has started.
---@param signal? luaconc.Signal Default: `"TERM"`.
---@return boolean sent false when it has gone.
function Process:kill(signal) end

---A pipe from a program.
---@class luaconc.OutputPipe
local OutputPipe = {}

---@async
---@param format? "l" | "L" | "a" | integer Default: a line.
---@return string? text nil at the end.
function OutputPipe:read(format) end

---@param format? "l" | "L" | "a" | integer Default: a line.
---@return fun(): string?
function OutputPipe:lines(format) end

---Reads no more.
function OutputPipe:close() end

---A pipe to a program.
---@class luaconc.InputPipe
local InputPipe = {}

---@async
---@param ... string | number
---@return luaconc.InputPipe? pipe nil when nobody reads any more.
---@return string? message
---@return integer? code
function InputPipe:write(...) end

---Ends what the program reads.
function InputPipe:close() end

---A program that runs.
---@class luaconc.Program
---@field pid integer The number that the system knows it by.
---@field stdin? luaconc.InputPipe
---@field stdout? luaconc.OutputPipe
---@field stderr? luaconc.OutputPipe
local Program = {}

---@async
---@param ... string | number
---@return luaconc.Program? program nil when nobody reads any more.
---@return string? message
---@return integer? code
function Program:write(...) end

---Ends what the program reads.
function Program:close_stdin() end

---@async
---@param format? "l" | "L" | "a" | integer Default: a line.
---@return string? text nil at the end.
function Program:read(format) end

---@param format? "l" | "L" | "a" | integer Default: a line.
---@return fun(): string?
function Program:lines(format) end

---Waits for the end of the program.
---@async
---@param timeout? number Seconds.
---@return luaconc.ProgramResult? result nil when the timeout has run out.
---@return "timeout"? reason
function Program:wait(timeout) end

---Sends a signal to it and all that it has started.
---@param signal? luaconc.Signal Default: `"TERM"`.
---@return boolean sent false when it has gone.
function Program:kill(signal) end

---What handles a signal.
---@class luaconc.SignalHandler
local SignalHandler = {}

---Handles the signal no longer.
---@return boolean active Whether it did.
function SignalHandler:cancel() end

return process
