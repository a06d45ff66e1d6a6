-- Lines from a pipe are run in the main state of the program, each as a task; what they write comes back.
package.path = "lib/?.lua;" .. package.path
local watched = require "watched"
local folder = watched.folder()
local p = watched.start(folder, [[
  seen = 1
  function greet(name) print("greetings, " .. name) io.write("a", 1, 2.5, "\n") io.stdout:write("b\n") end
  ticks = 0
  task.spawn({daemon = true}, function() while true do ticks = ticks + 1 sleep(0.001) end end)
  setmetatable(_G, {__index = function(_, name) error("undefined " .. name, 2) end})
  print("ready")
  function finish() done = true end
  done = false
  while not done do sleep(0.001) end
  print(help_is_global(), seen)
  print(pcall(function() return help end))
]], "--attachable")
local function say(...)
  local out, errors, code = watched.attach(folder, p, ...)
  io.write(out, errors, "status ", code, "\n")
end

say("=1 + 1", "seen", "{a = 1, b = {'x', 2}}", "_1.b[1]", "1, nil, 'three'")
--> 2
--> 1
--> {a = 1, b = {"x", 2}}
--> "x"
--> 1	nil	"three"
--> status 0
say("greet('Enki')", "print(1, true)") -- not to the program's own output
--> greetings, Enki
--> a12.5
--> b
--> 1	true
--> status 0
say("for i = 1, 2 do", "  print(i)", "end", "seen = seen + 1", "seen")
--> 1
--> 2
--> 2
--> status 0
-- What waits lets the program go on.
say("local before = ticks; repeat sleep(0.001) until ticks > before; return 'it goes on'")
--> "it goes on"
--> status 0
say("error('boom')", "x = = 1", "missing", "=seen")
--> 2
--> attached:1: boom
--> stack traceback:
--> 	[C]: in function 'error'
--> 	attached:1: in main chunk
--> 	[C]: in ?
--> attached:1: unexpected symbol near '='
--> attached:1: undefined missing
--> stack traceback:
--> 	[C]: in function 'error'
--> 	(command line):5: in metamethod 'index'
--> 	attached:1: in main chunk
--> 	[C]: in ?
--> status 1
say("if true then")
--> luaconc: the last chunk is incomplete
--> status 1
say("help(thread.exit)")
--> thread.exit(...)
-->   Ends the calling thread with these results.
--> Example:
-->   print(thread.spawn(function() thread.exit(7) end):join()) --> 7
--> status 0
say("function help_is_global() return rawget(_G, 'help') == nil and rawget(_G, '_1') == nil end")
--> status 0
watched.attach(folder, p, "finish()") -- may be answered before the program has ended, or not
for line in p:lines() do print(line) end
--> true	2
--> false	(command line):11: undefined help
p:wait()
watched.remove(folder)
--! real: a program that goes on while others look into it has no end of its own
