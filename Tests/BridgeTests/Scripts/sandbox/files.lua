-- What a sandbox says of files holds for every way to a file. Each line: the attack, what it gets without a sandbox, then
-- what a program and a Lua child get in one.
--! needs landlock
package.path = "../lib/?.lua;" .. package.path
local sandboxes = require "sandboxes"
local here <close> = sandboxes.folder()
local function path(name) return here .. "/" .. name end
process.run("mkdir", path "outside", path "read", path "write", path "exec")
for _, folder in ipairs{"outside", "read", "write", "exec"} do sandboxes.write(path(folder .. "/file"), folder) end
process.run("cp", "/bin/true", path "read/true")
process.run("cp", "/bin/true", path "exec/true")
process.run("cp", "/bin/true", path "outside/true")
process.run("ln", "-s", path "outside/file", path "read/link")
process.run("ln", "-s", path "outside", path "write/folder")

local sandbox = {read = {path "read"}, write = {path "write"}, exec = {path "exec"}}
local function show(list)
  local attacks = {}
  for _, attack in ipairs(list) do
    table.insert(attacks, {attack[1], (attack[2]:gsub("@", here.path)), title = attack[1] .. " " .. attack[2]})
  end
  sandboxes.show(here, sandbox, attacks)
end

show{{"read", "@/outside/file"}}            --> read @/outside/file: done; EACCES EACCES
show{{"read", "@/read/../outside/file"}}    --> read @/read/../outside/file: done; EACCES EACCES
show{{"read", "@/read/link"}}               --> read @/read/link: done; EACCES EACCES
show{{"read", "@/write/folder/file"}}       --> read @/write/folder/file: done; EACCES EACCES
show{{"read", "/proc/self/root@/outside/file"}} --> read /proc/self/root@/outside/file: done; EACCES EACCES
show{{"read", "/proc/self/cwd/files.lua"}}  --> read /proc/self/cwd/files.lua: done; EACCES EACCES
show{{"read", "/etc/passwd"}}               --> read /etc/passwd: done; EACCES EACCES
show{{"read", "/proc/self/environ"}}        --> read /proc/self/environ: done; EACCES EACCES
show{{"list", "/"}}                         --> list /: done; EACCES EACCES
show{{"list", "@"}}                         --> list @: done; EACCES EACCES
show{{"read", "@/read/file"}}               --> read @/read/file: done; done done
show{{"list", "@/read"}}                    --> list @/read: done; done done
show{{"read", "@/write/file"}}              --> read @/write/file: done; done done
show{{"read", "@/exec/file"}}               --> read @/exec/file: done; done done

-- Writing. (What is done without a sandbox comes last, so that it changes nothing before.)
show{{"write", "@/outside/file"}}           --> write @/outside/file: done; EACCES EACCES
show{{"write", "@/read/file"}}              --> write @/read/file: done; EACCES EACCES
show{{"write", "@/exec/file"}}              --> write @/exec/file: done; EACCES EACCES
show{{"write", "@/write/file"}}             --> write @/write/file: done; done done
show{{"make", "@/read/new"}}                --> make @/read/new: done; EACCES EACCES
show{{"make", "@/write/new"}}               --> make @/write/new: done; done done
show{{"make", "@/write/folder/new"}}        --> make @/write/folder/new: done; EACCES EACCES
show{{"empty", "@/read/file"}}              --> empty @/read/file: done; EACCES EACCES
show{{"empty by reading", "@/exec/file"}}   --> empty by reading @/exec/file: done; EACCES EACCES
show{{"mkdir", "@/read/dir"}}               --> mkdir @/read/dir: done; EACCES EACCES
show{{"remove", "@/read/new"}}              --> remove @/read/new: done; EACCES EACCES
show{{"symlink", "@/outside/file:@/read/link2"}} --> symlink @/outside/file:@/read/link2: done; EACCES EACCES
sandboxes.write(path "read/file", "again")
-- A file does not become writable, nor a program runnable, by another name.
show{{"link", "@/read/file:@/write/hard"}}  --> link @/read/file:@/write/hard: done; EXDEV EXDEV
show{{"rename", "@/read/link2:@/write/link2"}} --> rename @/read/link2:@/write/link2: done; EACCES EACCES
show{{"link", "@/write/file:@/exec/hard"}}  --> link @/write/file:@/exec/hard: done; EACCES EACCES

-- Mode, owner, times and attributes cannot be changed anywhere.
show{{"chmod", "@/outside/file"}}           --> chmod @/outside/file: done; EACCES EACCES
show{{"chmod", "@/write/file"}}             --> chmod @/write/file: done; EACCES EACCES
show{{"fchmod", "@/read/file"}}             --> fchmod @/read/file: done; EACCES EACCES
show{{"fchmodat2", "@/outside/file"}}       --> fchmodat2 @/outside/file: done; EACCES EACCES
show{{"chown", "@/outside/file"}}           --> chown @/outside/file: done; EACCES EACCES
show{{"utime", "@/outside/file"}}           --> utime @/outside/file: done; EACCES EACCES
show{{"inotify", "@/outside"}}              --> inotify @/outside: done; EPERM EPERM

-- Programs.
show{{"exec", "@/outside/true"}}            --> exec @/outside/true: done; EACCES EACCES
show{{"exec", "@/read/true"}}               --> exec @/read/true: done; EACCES EACCES
show{{"exec", "/bin/sh"}}                   --> exec /bin/sh: done; EACCES EACCES
show{{"exec", "@/exec/true"}}               --> exec @/exec/true: done; done done
show{{"exec memory", "@/read/true"}}        --> exec memory @/read/true: done; EACCES EACCES

-- Devices.
show{{"read", "/dev/urandom"}}              --> read /dev/urandom: done; done done
show{{"write", "/dev/null"}}                --> write /dev/null: done; done done

-- Files that are open here are not open in any child.
local open <close> = io.open(path "outside/file")
show{{"descriptors", ""}}                   --> descriptors : 0; 0 0

-- The folder that it is started in is not among them, unless it is named.
local program, lua = sandboxes.answers(here, {read = {path "attack.so"}}, {{"read", "file"}, {"list", "."}}, {cwd = path "outside"})
print(table.concat(program, " "), table.concat(lua, " ")) --> EACCES EACCES	EACCES EACCES
--! needs speed
