-- The programs in scripts/ that belong together: a worker, and one that sends it pictures.
package.path = "lib/?.lua;" .. package.path
local servers = require "servers"
local luaconc, folder = arg[-1], servers.folder()
local server <close> = servers.start()
local worker = process.popen{luaconc, "../../../../scripts/worker.lua", server.url, "pictures"}
local function write(name, bytes)
  local file <close> = assert(io.open(folder .. "/" .. name, "wb"))
  file:write(bytes)
end
local ppm = "P6\n64 48\n255\n" .. ("pixels of some kind"):rep(1000):sub(1, 64 * 48 * 3)
os.execute("mkdir " .. folder .. "/in")
for _, name in ipairs {"a.jpg", "b.jpg"} do write("in/" .. name, process.run{"cjpeg", stdin = ppm}.stdout) end
write("in/c.txt", "no picture")
local result = process.run(luaconc, "../../../../scripts/cluster.lua", server.url, "pictures", folder .. "/in", folder .. "/out")
local lines = {}
for line in result.stdout:gmatch "[^\n]+" do lines[#lines + 1] = line:gsub("%d+ %-> .*", "N -> FILE") end
table.sort(lines)
print(result.code, result.stderr, table.unpack(lines))
--> 0		Finished!	a.jpg: greatest difference N -> FILE	b.jpg: greatest difference N -> FILE	c.txt: skipped: not a JPEG
print(process.run("djpeg", folder .. "/out/ela-b.jpg").stdout:sub(1, 8)) --> P6
--> 64 48
worker:kill("INT")
print(worker:wait().code) --> 130
os.execute("rm -rf " .. folder)
