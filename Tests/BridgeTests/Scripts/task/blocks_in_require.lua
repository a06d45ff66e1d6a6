--! args: --simulate 1d
-- The body of a required module may call what blocks: it blocks the state and works, in tasks and coroutines too.
local path = os.tmpname()
local file = assert(io.open(path, "w"))
file:write([[
sleep(0.001)
local ch = channel.new()
local sender = thread.spawn(function(c) c:send("from a thread") end, ch)
return {name = ..., got = ch:recv(), joined = sender:wait()}
]])
file:close()
local name = path:match("[^/]+$")
package.path = path:match("^.*/") .. "?;" .. package.path

local others = 0
task.spawn({daemon = true}, function() while true do others = others + 1 task.yield() end end)
local module = require(name)
os.remove(path)
print(module.name == name, module.got, module.joined, others) --> true	from a thread	done	0
print(require(name) == module) --> true

package.preload.slow = function() sleep(0.001) return "preloaded" end
print(task.spawn(function() return (require("slow")) end):join()) --> preloaded
package.preload.slower = function() sleep(0.001) return "in a coroutine" end
print(coroutine.wrap(function() return (require("slower")) end)()) --> in a coroutine
