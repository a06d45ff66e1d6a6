---@meta

<<<<<<< HEAD
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
=======
---Other programs, and functions in processes of their own.
---@class luaconc.process
---@field inbox luaconc.Channel The channel of the process that reads this field.
process = {}

---@alias luaconc.Stream "inherit" | "null" | "pipe" | file*
---@alias luaconc.Signal string | integer A name such as `"TERM"`, or a number.

---@class luaconc.LaunchOptions
---@field cwd? string The folder that it runs in.
---@field env? table<string, string | false> Variables beside those of this process; `false` takes one away.
---@field stdin? luaconc.Stream
---@field stdout? luaconc.Stream
---@field stderr? luaconc.Stream

---@class luaconc.ProcessOptions: luaconc.TaskOptions, luaconc.LaunchOptions
---@field memory? integer | string The most memory that the kernel lets it have.
---@field cpu? number Seconds of processor time.
---@field nice? integer Added to its priority.

---A process as a handle.
---@class luaconc.Process: luaconc.Handle
---@field pid integer The number that the system knows it by.
---@field stdin? luaconc.PipeWriter
---@field stdout? luaconc.PipeReader
---@field stderr? luaconc.PipeReader
local Process = {}

---How it ended: its code, or minus the signal; nil while it runs.
---@return integer?
function Process:exitcode() end

---Sends a signal to the process and what it has started. Default: TERM.
---@param signal? luaconc.Signal
---@return boolean sent
function Process:kill(signal) end

---Starts a function in a child process with a fresh state.
---@param options luaconc.ProcessOptions
---@param fn (fun(...): ...) | string A function, or the name of a file.
---@param ... any Arguments: copied.
>>>>>>> main
---@return luaconc.Process
---@overload fun(fn: (fun(...): (...)) | string, ...): luaconc.Process
function process.spawn(options, fn, ...) end

<<<<<<< HEAD
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
=======
---The child's own handle; nil in the program itself.
>>>>>>> main
---@return luaconc.Process?
function process.current() end

---The child processes that have not ended.
---@return luaconc.Process[]
function process.list() end

---The number of this process.
---@return integer
function process.pid() end

<<<<<<< HEAD
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
=======
---@class luaconc.ProgramEnd
---@field code? integer
---@field signal? integer
---@field ok boolean Whether the code is 0.

---@class luaconc.ProgramResult: luaconc.ProgramEnd
---@field stdout? string
---@field stderr? string

---@class luaconc.RunOptions: luaconc.LaunchOptions
---@field stdin? string | file*
---@field timeout? number Seconds.
---@field grace? number Seconds between SIGTERM and SIGKILL.
---@field max_output? integer | string

---Runs an external program to its end.
---@async
---@param options luaconc.RunOptions
---@param command string
---@param ... string
---@return luaconc.ProgramResult? result
---@return string? message
---@return (integer | luaconc.ProgramResult)? code
---@overload fun(command: string, ...: string): luaconc.ProgramResult?, string?, integer?
function process.run(options, command, ...) end

---What can be read from a program.
---@class luaconc.PipeReader
local PipeReader = {}

---@async
---@param format? "l" | "L" | "a" | integer
---@return string?
function PipeReader:read(format) end

---@param format? "l" | "L" | "a" | integer
---@return fun(): string?
function PipeReader:lines(format) end

function PipeReader:close() end

---What can be written to a program.
---@class luaconc.PipeWriter
local PipeWriter = {}

---@async
---@param ... string | number
function PipeWriter:write(...) end

function PipeWriter:close() end

---A program that runs.
---@class luaconc.Program: luaconc.PipeReader
---@field pid integer
---@field stdin? luaconc.PipeWriter
---@field stdout? luaconc.PipeReader
---@field stderr? luaconc.PipeReader
>>>>>>> main
local Program = {}

---@async
---@param ... string | number
<<<<<<< HEAD
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
=======
function Program:write(...) end

function Program:close_stdin() end

---@async
---@param timeout? number
---@return luaconc.ProgramEnd?
---@return "timeout"?
function Program:wait(timeout) end

---@param signal? luaconc.Signal
---@return boolean sent
function Program:kill(signal) end

---Starts an external program, to talk with it.
---@async
---@param options luaconc.LaunchOptions
---@param command string
---@param ... string
---@return luaconc.Program? program
---@return string? message
---@return integer? code
---@overload fun(command: string, ...: string): luaconc.Program?, string?, integer?
function process.popen(options, command, ...) end

---Calls a function, as a task, whenever a signal comes.
---@param signal luaconc.Signal
---@param fn fun(name: string)
---@return {cancel: fun(self): boolean}
function process.on_signal(signal, fn) end
>>>>>>> main

return process
