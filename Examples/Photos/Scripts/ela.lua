-- Error level analysis of a folder of JPEGs: what was pasted into a photo shows, because it compresses differently.
--
--   Photos Scripts/ela.lua DIR OUT
--
-- Each JPEG of DIR is saved once more at a known quality; how far that moves each pixel is amplified, and written to OUT
-- as ela-NAME. Where a photo is untouched the result is dark; what was edited later stands out. All cores take part,
-- within this one process: photos travel between the threads by reference.

local dir, out = ...
assert(out, "usage: Photos ela.lua DIR OUT")

local QUALITY, BRIGHTEST = 90, 12

--- Analyses one file and returns what is to be said about it.
local function analyse(name)
  local ok, original = pcall(photo.open, dir .. "/" .. name)
  if not ok then return name .. ": skipped: " .. original.message end
  local difference, greatest = original:difference(original:resaved(QUALITY))
  difference:amplified(255 / BRIGHTEST):save(out .. "/ela-" .. name, 95)
  return ("%s: %s, greatest difference %d"):format(name, original, greatest)
end

for _, line in ipairs(thread.map(analyse, photo.list(dir))) do print(line) end
