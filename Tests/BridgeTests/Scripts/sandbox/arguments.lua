-- What is wrong with a sandbox is said by the call that would start the child, with the key.
--! needs landlock
local function refused(sandbox)
  local ok, what = pcall(process.run, {sandbox = sandbox}, "true")
  print((what:gsub("^bad argument #1 to 'run' %(option 'sandbox': (.*)%)$", "%1"):gsub("\0", "<0>")))
  local _, other = pcall(process.spawn, {sandbox = sandbox}, print)
  local _, third = pcall(process.popen, {"true", sandbox = sandbox})
  assert(other == what:gsub("'run'", "'spawn'") and third == what:gsub("'run'", "'popen'"), other)
end
refused(1)                        --> true or table expected, got number
refused("yes")                    --> true or table expected, got string
refused{reads = {}}               --> unknown option 'reads' (known options: read, write, exec, net, env, memory, cpu, files, processes, size)
refused{"/tmp"}                   --> unknown option '1' (known options: read, write, exec, net, env, memory, cpu, files, processes, size)
refused{read = "/tmp"}            --> option 'read': list of paths expected, got string
refused{read = {true}}            --> option 'read': list of paths expected, item 1 is a boolean
refused{read = {tmp = "/tmp"}}    --> option 'read': list of paths expected, got a table with other keys
refused{read = {"/tmp", "tmp"}}   --> option 'read': absolute path expected, got 'tmp'
refused{write = {""}}             --> option 'write': absolute path expected, got ''
refused{write = {"/no/such"}}     --> option 'write': '/no/such': No such file or directory
refused{exec = {"/etc/passwd/x"}} --> option 'exec': '/etc/passwd/x': Not a directory
refused{read = {"/tmp\0x"}}       --> option 'read': absolute path expected, got '/tmp<0>x'
refused{net = true}               --> option 'net': false or table expected, got boolean
refused{net = {listen = {80}}}    --> option 'net': unknown option 'listen' (known options: connect, bind)
refused{net = {bind = 80}}        --> option 'net': option 'bind': list of ports expected, got number
refused{net = {bind = {"http"}}}  --> option 'net': option 'bind': list of ports expected, item 1 is a string
refused{net = {bind = {65536}}}   --> option 'net': option 'bind': port from 0 to 65535 expected, got 65536.0
refused{net = {connect = {1.5}}}  --> option 'net': option 'connect': port from 0 to 65535 expected, got 1.5
refused{env = "PATH"}             --> option 'env': table expected, got string
refused{env = {"PATH"}}           --> option 'env': names of variables expected as keys
refused{env = {A = 1}}            --> option 'env': A: string without zero bytes expected
refused{memory = 0}               --> option 'memory': bytes or a size such as "64M" expected, got 0
refused{size = "much"}            --> option 'size': bytes or a size such as "64M" expected, got much
refused{cpu = 0}                  --> option 'cpu': more than 0 seconds expected
refused{files = 3}                --> option 'files': 16 or more expected, got 3
refused{processes = -1}           --> option 'processes': 0 or more expected, got -1
refused{processes = 1.5}          --> option 'processes': integer expected, got 1.5

-- False is none.
print(process.run({sandbox = false}, "cat", "/etc/passwd").ok) --> true
-- Pools and groups take the option as well.
print((select(2, pcall(process.pool, {sandbox = {read = {"x"}}}, 1))))
--> bad argument #1 to 'pool' (option 'sandbox': option 'read': absolute path expected, got 'x')
local pool <close> = process.pool({sandbox = true}, 1)
print((pool:submit(function() return select(2, io.open("/etc/passwd")) end):join())) --> /etc/passwd: Permission denied
do
  local g <close> = task.group()
  print((g:process({sandbox = true}, function() return select(2, io.open("/etc/passwd")) end):join())) --> /etc/passwd: Permission denied
end
