-- Makes a small JPEG of each one in a folder, as many at once as there are cores, with a bar that says how far it is.
--
--   luaconc scripts/thumbnails.lua PICTURES THUMBNAILS       pictures of an eighth of the size
--   luaconc scripts/thumbnails.lua PICTURES THUMBNAILS 1/2   the half: 1/8 to 16/8
--
-- djpeg and cjpeg do the work (libjpeg-turbo-progs in Debian); what djpeg writes goes to cjpeg. A picture that they
-- cannot read is named in the end, and the exit status is 1. Ctrl-C ends them as well.

local from, to, scale = arg[1], arg[2], arg[3] or "1/8"
if not to or not scale:find("^%d+/%d+$") or arg[4] then
  io.stderr:write("usage: luaconc thumbnails.lua PICTURES THUMBNAILS [SCALE]\n")
  os.exit(2)
end

--- The names of the files in a folder that end in .jpg or .jpeg.
local function pictures(folder)
  local found = assert(process.run("find", folder, "-maxdepth", "1", "-type", "f", "-iname", "*.jp*g", "-print0"))
  if not found.ok then error(found.stderr, 0) end
  local names = {}
  for path in found.stdout:gmatch("%Z+") do names[#names + 1] = path:match("[^/]*$") end
  table.sort(names)
  return names
end

--- Makes one thumbnail. Returns its size in bytes, or false and what is wrong.
local function shrink(name)
  local pixels = assert(process.run("djpeg", "-scale", scale, from .. "/" .. name))
  if not pixels.ok then return {name = name, problem = pixels.stderr:match("[^\n]*")} end
  local small = assert(process.run({stdin = pixels.stdout}, "cjpeg", "-quality", "80", "-optimize"))
  if not small.ok then return {name = name, problem = small.stderr:match("[^\n]*")} end
  local file <close> = assert(io.open(to .. "/" .. name, "wb"))
  assert(file:write(small.stdout))
  return {name = name, size = #small.stdout}
end

local names = pictures(from)
assert(process.run("mkdir", "-p", "--", to))
local start = timer.now()
local bytes, bad = 0, {}
for _, made in ipairs(thread.map({progress = true}, shrink, names)) do
  if made.size then bytes = bytes + made.size else bad[#bad + 1] = made end
end
print(("%d thumbnails, %.1f kB, in %.2f s"):format(#names - #bad, bytes / 1000, timer.now() - start))
for _, made in ipairs(bad) do io.stderr:write(made.name, ": ", made.problem, "\n") end
os.exit(#bad == 0)
