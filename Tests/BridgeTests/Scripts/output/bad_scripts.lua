-- A script that does not exist or is no Lua is told as lua5.4 tells it, with status 1.
local function run(name, text)
  if text then
    local file = assert(io.open(name, "w"))
    file:write(text)
    file:close()
  end
  local child = io.popen(('"%s" "%s" 2>&1 </dev/null'):format(arg[-1], name))
  local output = child:read("a"):gsub("\n$", ""):gsub("^[^ ]*luaconc: ", "luaconc: "):gsub(name:gsub("%p", "%%%0"), "NAME")
  local _, how, status = child:close()
  print("[" .. output .. "]", how, status)
end
run("no_such_script.lua")
--> [luaconc: cannot open NAME: No such file or directory]	exit	1
local path = os.tmpname()
run(path, "local x = = 1")
--> [luaconc: NAME:1: unexpected symbol near '=']	exit	1
run(path, "\n\nfor i = 1, 10 do")
--> [luaconc: NAME:3: 'end' expected near <eof>]	exit	1
run(path, "\27Lua, but broken")
--> [luaconc: NAME: bad binary format (version mismatch)]	exit	1
run(path, "#!/usr/bin/env luaconc\nprint('a first line with # is skipped')")
--> [a first line with # is skipped]	exit	0
run(path, "")
--> []	exit	0
run(path, "return 'what a script returns', 'is of no interest'")
--> []	exit	0
os.remove(path)
