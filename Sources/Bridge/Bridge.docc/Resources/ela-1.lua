local dir, out = ...

local function analyse(name)
  local original = photo.open(dir .. "/" .. name)
  local difference, greatest = original:difference(original:resaved(90))
  difference:amplified(20):save(out .. "/ela-" .. name, 95)
  return name .. ": greatest difference " .. greatest
end

for _, name in ipairs(photo.list(dir)) do print(analyse(name)) end
