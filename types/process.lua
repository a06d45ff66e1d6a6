---@meta

---Other programs, and functions in processes of their own.
---@class luaconc.process
---@field inbox luaconc.Channel The channel of the process that reads this field.
process = {}

---@alias luaconc.Stream "inherit" | "null" | "pipe" | file*
---@alias luaconc.Signal string | integer A name such as `"TERM"`, or a number.

---@class luaconc.Ports
---@field connect? integer[] Ports of TCP that it may connect to.
---@field bind? integer[] Ports of TCP that it may bind.

---What a child may reach: this, the system's libraries, and nothing else.
---@class luaconc.Sandbox
---@field read? string[] Absolute paths of files and folders that it may read.
---@field write? string[] The same, to read and write.
---@field exec? string[] The same, to read and run as programs.
---@field net? false | luaconc.Ports
---@field env? table<string, string> All of its variables. Default: `PATH`, `LANG` and `TZ`.
---@field memory? integer | string
---@field cpu? number Seconds of processor time.
---@field files? integer How many descriptors, 16 or more.
---@field processes? integer How many processes and threads beside its first.
---@field size? integer | string The most that a file may become by its writing.

---@class luaconc.LaunchOptions
---@field sandbox? boolean | luaconc.Sandbox
---@field cwd? string The folder that it runs in.
---@field env? table<string, string | false> Variables beside those of this process; `false` takes one away.
---@field stdin? luaconc.Stream
---@field stdout? luaconc.Stream
---@field stderr? luaconc.Stream

---@class luaconc.ProcessOptions: luaconc.TaskOptions, luaconc.LaunchOptions
---@field memory? integer | string The most memory that its state may use.
---@field cpu? number Seconds of processor time.
---@field nice? integer Added to its priority.

---A process as a handle.
---@class luaconc.Process: luaconc.Handle
---@field pid integer The number that the system knows it by.
---@field stdin luaconc.PipeWriter The pipe to its input; nil if it is none.
---@field stdout luaconc.PipeReader The pipe from its output; nil if it is none.
---@field stderr luaconc.PipeReader The pipe from its standard error; nil if it is none.
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
---@return luaconc.Process
---@overload fun(fn: (fun(...): (...)) | string, ...): luaconc.Process
function process.spawn(options, fn, ...) end

---The child's own handle; nil in the program itself.
---@return luaconc.Process?
function process.current() end

---The child processes that have not ended.
---@return luaconc.Process[]
function process.list() end

---The number of this process.
---@return integer
function process.pid() end

---@class luaconc.ProgramEnd
---@field code? integer
---@field signal? integer
---@field ok boolean Whether the code is 0.
---@field limit? "cpu" | "size" The limit of its sandbox that has ended it.

---@class luaconc.ProgramResult: luaconc.ProgramEnd
---@field stdout string What it has written, where `stdout` is `"pipe"`, the default; otherwise nil.
---@field stderr string The same of its standard error.

---@class luaconc.OpenOptions: luaconc.LaunchOptions
---@field grace? number Seconds between SIGTERM and SIGKILL.
---@field detach? boolean It goes on when those who have it end, and this program.

---@class luaconc.RunOptions: luaconc.LaunchOptions
---@field stdin? string | file*
---@field timeout? number Seconds.
---@field grace? number Seconds between SIGTERM and SIGKILL.
---@field max_output? integer | string

---Runs an external program to its end.
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

---Reads a line without its end, or what the format says; nil at the end.
---@param format? "l" | "L" | "a" | integer A line, a line with its end, everything, or so many bytes.
---@return string?
function PipeReader:read(format) end

---For a loop over what `read` gives.
---@param format? "l" | "L" | "a" | integer
---@return fun(): string?
function PipeReader:lines(format) end

---Reads no more.
function PipeReader:close() end

---What can be written to a program.
---@class luaconc.PipeWriter
local PipeWriter = {}

---Writes to the program; waits while it does not read.
---@param ... string | number
function PipeWriter:write(...) end

---Ends what the program reads.
function PipeWriter:close() end

---A program that runs. Made to be closed: `local p <close> = process.popen(…)`.
---@class luaconc.Program
---@field pid integer The number that the system knows it by.
---@field stdin luaconc.PipeWriter The pipe to its input; nil if it is none.
---@field stdout luaconc.PipeReader The pipe from its output; nil if it is none.
---@field stderr luaconc.PipeReader The pipe from its standard error; nil if it is none.
local Program = {}

---Writes to the program's input; waits while it does not read.
---@param ... string | number
function Program:write(...) end

---Ends the program's input.
function Program:close_stdin() end

---Reads a line of the program's output without its end, or what the format says; nil at the end.
---@param format? "l" | "L" | "a" | integer A line, a line with its end, everything, or so many bytes.
---@return string?
function Program:read(format) end

---For a loop over what `read` gives.
---@param format? "l" | "L" | "a" | integer
---@return fun(): string?
function Program:lines(format) end

---Waits for the program's end.
---@param timeout? number Seconds; nil or `math.huge`: for ever; 0 or less: only look.
---@return luaconc.ProgramEnd? result nil when the timeout has run out.
---@return "timeout"? reason
function Program:wait(timeout) end

---Sends a signal to the program and what it has started. Default: TERM.
---@param signal? luaconc.Signal
---@return boolean sent
function Program:kill(signal) end

---Starts an external program, to talk with it.
---@param options luaconc.OpenOptions
---@param command string
---@param ... string
---@return luaconc.Program? program
---@return string? message
---@return integer? code
---@overload fun(command: string, ...: string): luaconc.Program?, string?, integer?
function process.popen(options, command, ...) end

---What calls a function at a signal. Made to be closed: `local h <close> = process.on_signal(…)`.
---@class luaconc.SignalHandler
local SignalHandler = {}

---Takes the handler away: the signal does what it did before.
---@return boolean removed Whether it was there.
function SignalHandler:cancel() end

---Calls a function, as a task, whenever a signal comes.
---@param signal luaconc.Signal
---@param fn fun(name: string)
---@return luaconc.SignalHandler
function process.on_signal(signal, fn) end

---Calls a function for each item, in child processes; returns the first results, in the order of the items.
---@generic T, R
---@param options luaconc.MapOptions
---@param fn fun(item: T, index: integer): R
---@param list T[]
---@return { n: integer, [integer]: R }
---@overload fun(fn: (fun(item: any, index: integer): any), list: any[]): { n: integer, [integer]: any }
function process.map(options, fn, list) end

---Starts child processes that wait for work.
---@param options luaconc.ProcessPoolOptions
---@param n? integer How many. Default: as many as there are cores.
---@return luaconc.Pool
---@overload fun(n?: integer): luaconc.Pool
function process.pool(options, n) end

return process
