-- A child reaches no other process, and not the kernel. Each line: the attack, what it gets without a sandbox, then what
-- a program and a Lua child get in one.
--! needs landlock
--! needs root
package.path = "../lib/?.lua;" .. package.path
local sandboxes = require "sandboxes"
local here <close> = sandboxes.folder()
local sibling <close> = process.popen("cat")
local walled <close> = process.popen({sandbox = true}, "cat")
local parent = process.pid()

-- Even where it may read everything.
sandboxes.show(here, {read = {"/"}}, {
  {"signal", parent}, {"signal", sibling.pid, title = "signal to a sibling"},
  {"signal", walled.pid, title = "signal to a sibling in a sandbox"}, {"ptrace", sibling.pid},
  {"/proc/mem", sibling.pid}, {"process_vm_readv", sibling.pid}, {"prlimit", sibling.pid},
  {"setpriority", sibling.pid}, {"setpriority of user"}, {"shmget"}, {"raw socket"}, {"packet socket"},
})
--> signal: done; EPERM EPERM
--> signal to a sibling: done; EPERM EPERM
--> signal to a sibling in a sandbox: done; EPERM EPERM
--> ptrace: done; EPERM EPERM
--> /proc/mem: done; EACCES EACCES
--> process_vm_readv: done; EPERM EPERM
--> prlimit: done; EPERM EPERM
--> setpriority: done; EPERM EPERM
--> setpriority of user: done; EPERM EPERM
--> shmget: done; EPERM EPERM
--> raw socket: done; EACCES EACCES
--> packet socket: done; EACCES EACCES

local function inside(attacks)
  local program, lua = sandboxes.answers(here, {write = {here.path}}, attacks)
  for i, attack in ipairs(attacks) do print(attack[1] .. ": " .. program[i], lua[i]) end
end
inside{
  {"chroot", here}, {"mount", here}, {"unshare mounts"}, {"unshare users"}, {"clone users"}, {"keyctl"}, {"io_uring"},
  {"finit_module"}, {"new system call"}, {"mknod", here .. "/device"}, {"capabilities"},
}
--> chroot: EPERM	EPERM
--> mount: EPERM	EPERM
--> unshare mounts: EPERM	EPERM
--> unshare users: EPERM	EPERM
--> clone users: EPERM	EPERM
--> keyctl: EPERM	EPERM
--> io_uring: EPERM	EPERM
--> finit_module: EPERM	EPERM
--> new system call: ENOSYS	ENOSYS
--> mknod: EACCES	EACCES
--> capabilities: EPERM	EPERM

-- A bind mount shows what is behind it by another name, which counts.
process.run("mkdir", here .. "/outside", here .. "/view", here .. "/in")
sandboxes.write(here .. "/outside/file", "x")
local mounted = process.run("mount", "--bind", here .. "/outside", here .. "/view").ok
local program, lua = sandboxes.answers(here, {read = {here .. "/attack.so", here .. "/in"}},
  {{"read", here .. "/view/file"}, {"read", here .. "/in/../view/file"}})
if mounted then process.run("umount", here .. "/view") end
print(mounted, table.concat(program, " "), table.concat(lua, " ")) --> true	EACCES EACCES	EACCES EACCES

-- They are alive.
sibling:write("alive\n") walled:write("alive\n")
print(sibling:read(), walled:read()) --> alive	alive
