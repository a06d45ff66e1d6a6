-- Error level analysis of a folder of JPEGs: what was pasted into a photo shows, because it compresses differently.
--
--   luaconc scripts/ela.lua DIR OUT
--
-- Each JPEG of DIR is saved once more at a known quality; how far that moves each pixel is amplified until the greatest
-- difference is white, and written to OUT as ela-NAME. Where a photo is untouched the result is evenly dark; what was
-- edited later stands out. Files that are no JPEG are reported and skipped.
--
-- Every file has a thread of its own, of which as many work at a time as there are cores. Needs djpeg and cjpeg
-- (Debian: apt install libjpeg-turbo-progs).

local dir, out = arg[1], arg[2]
if not out or arg[3] then
  io.stderr:write("usage: luaconc ela.lua DIR OUT\n")
  os.exit(2)
end

local QUALITY = 90

--- A word for the shell that means exactly this text; a name with a leading dash is no option.
local function quoted(name)
  if name:sub(1, 1) == "-" then name = "./" .. name end
  return "'" .. name:gsub("'", [['\'']]) .. "'"
end

--- What a shell command writes, or nil if it fails.
local function output_of(command)
  local pipe <close> = assert(io.popen(command))
  local output = pipe:read("a")
  return pipe:close() and output
end

--- How far apart two images of one size are, byte for byte, and the greatest such distance.
local function difference(a, b)
  local pieces, greatest, step = {}, 0, 4096
  for from = 1, #a, step do
    local x, y = {a:byte(from, from + step - 1)}, {b:byte(from, from + step - 1)}
    for i = 1, #x do
      local d = math.abs(x[i] - y[i])
      if d > greatest then greatest = d end
      x[i] = d
    end
    pieces[#pieces + 1] = string.char(table.unpack(x))
  end
  return table.concat(pieces), greatest
end

--- Each byte of an image times a factor.
local function amplified(image, factor)
  local louder = {}
  for d = 0, 255 do louder[string.char(d)] = string.char(math.min(255, math.floor(d * factor + 0.5))) end
  return (image:gsub(".", louder))
end

--- Analyses one file and returns what is to be said about it.
local function analyse(path, target)
  local file, problem = io.open(path, "rb")
  if not file then return "skipped: " .. problem end
  local magic = file:read(3)
  file:close()
  if magic ~= "\xff\xd8\xff" then return "skipped: not a JPEG" end

  -- djpeg's images are a line each of kind, size and depth, then the bytes of the pixels.
  local decode = "djpeg -pnm < " .. quoted(path) .. " 2>/dev/null"
  local original = output_of(decode)
  if not original then return "skipped: djpeg cannot decode it" end
  local resaved = assert(output_of(decode .. (" | cjpeg -quality %d | djpeg -pnm"):format(QUALITY)))
  local header, start = original:match("^(P[56]\n%d+ %d+\n255\n)()")
  assert(#resaved == #original and resaved:sub(1, #header) == header, "the saved image has another size")

  local pixels, greatest = difference(original:sub(start), resaved:sub(start))
  local temporary = os.tmpname()
  local image <close> = assert(io.open(temporary, "wb"))
  assert(image:write(header, amplified(pixels, 255 / math.max(greatest, 1))))
  assert(image:close())
  local saved = os.execute(("cjpeg -quality 95 < %s > %s"):format(quoted(temporary), quoted(target)))
  os.remove(temporary)
  if not saved then error("cannot write " .. target, 0) end
  return ("greatest difference %d -> %s"):format(greatest, target)
end

local function fail(message)
  io.stderr:write("ela.lua: ", message, "\n")
  os.exit(1)
end
if not os.execute("command -v djpeg >/dev/null && command -v cjpeg >/dev/null") then
  fail("needs djpeg and cjpeg (Debian: apt install libjpeg-turbo-progs)")
end
if not os.execute("[ -d " .. quoted(dir) .. " ]") then fail(dir .. ": no such folder") end
if not os.execute("mkdir -p " .. quoted(out)) then fail(out .. ": cannot be made") end

local names = {}
local listing = output_of(("find -L %s -maxdepth 1 -type f -printf '%%f\\0'"):format(quoted(dir)))
for name in assert(listing, "cannot list " .. dir):gmatch("%Z+") do names[#names + 1] = name end
table.sort(names)

local workplaces = channel.new(thread.cores()) -- a thread that works holds a place in it
local threads = {}
for i, name in ipairs(names) do
  threads[i] = thread.spawn({name = name}, function()
    workplaces:send(name)
    local ok, result = pcall(analyse, dir .. "/" .. name, out .. "/ela-" .. name)
    workplaces:recv()
    print(name .. ": " .. (ok and result or "failed: " .. tostring(result)))
    return ok
  end)
end
local fine = true
for _, work in ipairs(threads) do fine = work:join() and fine end
print("Finished!")
os.exit(fine)
