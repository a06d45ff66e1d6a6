-- Error level analysis of a folder of JPEGs, spread over all workers of a cluster (see ela.lua for what it shows).
--
--   luaconc scripts/cluster.lua URL QUEUE DIR OUT
--
-- Start some workers before, on this machine and on others that have the same scripts:
--
--   luaconc scripts/worker.lua URL QUEUE
--
-- The pictures travel with the jobs, so the workers need no common folder; they need djpeg and cjpeg. A picture may have
-- up to 700 KB. Files that are no JPEG are reported and skipped; a picture whose worker dies is done by another one.

if not arg[0]:find("cluster%.lua$") then -- a worker has loaded it
  arg = {}
end

local QUALITY = 90

local function run(input, ...)
  local result = process.run {stdin = input, ...}
  if not result or not result.ok then error("cannot run " .. (...) .. ": " .. (result and result.stderr or "not found"), 0) end
  return result.stdout
end

--- The bytes of a JPEG: those of the picture of its error levels, and the greatest one. The workers call it.
function analyse(jpeg)
  local original = run(jpeg, "djpeg", "-pnm")
  local resaved = run(run(original, "cjpeg", "-quality", tostring(QUALITY)), "djpeg", "-pnm")
  local header, start = original:match("^(P[56]\n%d+ %d+\n255\n)()")
  assert(header and #resaved == #original, "the saved image has another size")
  local distances, greatest = {}, 0
  for from = start, #original, 4096 do
    local x, y = {original:byte(from, from + 4095)}, {resaved:byte(from, from + 4095)}
    for i = 1, #x do
      x[i] = math.abs(x[i] - y[i])
      greatest = math.max(greatest, x[i])
    end
    distances[#distances + 1] = string.char(table.unpack(x))
  end
  local factor, louder = 255 / math.max(greatest, 1), {}
  for d = 0, 255 do louder[string.char(d)] = string.char(math.min(255, math.floor(d * factor + 0.5))) end
  local image = header .. table.concat(distances):gsub(".", louder)
  return run(image, "cjpeg", "-quality", "95"), greatest
end

if #arg == 0 then return end
local url, queue, dir, out = table.unpack(arg)
if not out or arg[5] then
  io.stderr:write("usage: luaconc cluster.lua URL QUEUE DIR OUT\n")
  os.exit(2)
end

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

local function write(path, bytes)
  local file <close> = assert(io.open(path, "wb"))
  assert(file:write(bytes))
end

local c <close> = require "cluster".open {
  url = url, queue = queue, scripts = arg[0]:match("^(.*)/") or ".",
  user = os.getenv("NATS_USER"), password = os.getenv("NATS_PASSWORD"), ca = os.getenv("NATS_CA"),
}
assert(process.run("mkdir", "-p", out).ok, "cannot make " .. out)

local names = {}
for name in process.run("find", "-L", dir, "-maxdepth", "1", "-type", "f", "-printf", "%f\\0").stdout:gmatch("%Z+") do
  names[#names + 1] = name
end
table.sort(names)

local done, fine = 0, true
local is_terminal = process.run {"test", "-t", "2", stderr = "inherit"}.ok
local function bar()
  if not is_terminal then return end
  local width = 40
  local full = #names == 0 and width or width * done // #names
  io.stderr:write("\r[", ("#"):rep(full), ("."):rep(width - full), "] ", done, "/", #names, done == #names and "\n" or "")
end

local function tell(name, text)
  if is_terminal then io.stderr:write("\r\27[K") end
  print(name .. ": " .. text)
end

-- As many pictures as that are on their way at a time.
local places = sync.semaphore(64)
local group <close> = task.group()
for _, name in ipairs(names) do
  local place = places:acquire()
  group:task({name = name}, function()
    local jpeg = read(dir .. "/" .. name)
    if jpeg:sub(1, 3) ~= "\xff\xd8\xff" then
      tell(name, "skipped: not a JPEG")
    else
      local job = c:spawn({name = name}, "cluster.lua", "analyse", jpeg)
      local ok, picture, greatest = pcall(job.join, job)
      if ok then
        write(out .. "/ela-" .. name, picture)
        tell(name, ("greatest difference %d -> %s"):format(greatest, out .. "/ela-" .. name))
      else
        tell(name, "failed: " .. picture.message)
        fine = false
      end
    end
    place:release()
    done = done + 1
    bar()
  end)
end
group:join()
print("Finished!")
os.exit(fine)
