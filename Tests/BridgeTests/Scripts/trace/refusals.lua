-- What cannot be: a file that cannot be written, an option without its value, one file for two purposes.
local function run(...)
  local result = process.run({arg[-1], ...})
  local told = result.stderr:match "[^\n]*":gsub("/tmp/lua_%w+", "PATH")
  print(result.code, result.stdout .. told)
end
run("--trace", "/no/such/folder/t.json", "-e", "print 'runs'") --> 1	luaconc: cannot write '/no/such/folder/t.json': No such file or directory
run("--report", "/", "-e", "print 'runs'") --> 1	luaconc: cannot write '/': Is a directory
run("--profile") --> 1	luaconc: '--profile' needs argument
run("--trace", "--report", "x", "-e", "") --> 1	luaconc: '--trace' needs argument
run("--trac", "x") --> 1	luaconc: unrecognized option '--trac'; did you mean '--trace'?
local path = os.tmpname()
run("--trace", path, "--profile", path, "-e", "print 'runs'") --> 1	luaconc: cannot write 'PATH': it is named for two purposes
os.remove(path)
-- A full disk is told, and the program goes on.
run("--trace", "/dev/full", "-e", "print 'runs'") --> 0	runs
--> luaconc: '/dev/full' is not complete: write: No space left on device
