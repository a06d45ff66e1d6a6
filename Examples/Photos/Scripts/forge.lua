-- Makes a photograph that was tampered with: an evening by the sea, into which a balloon was pasted later.
--
--   Photos Scripts/forge.lua OUT
--
-- The evening is saved several times, as a photo is that has seen some programs; the balloon only once, with the rest.
-- To the eye they belong together.

local out = assert(..., "usage: Photos forge.lua OUT")
local WIDTH, HEIGHT, HORIZON = 480, 320, 190

--- Noise that is the same on each run, from 0 to 1.
local function noise(x, y)
  local n = (x * 374761393 + y * 668265263) & 0xffffffff
  n = ((n ~ (n >> 13)) * 1274126177) & 0xffffffff
  return (n ~ (n >> 16)) % 1024 / 1023
end

--- Noise whose grains are so many pixels wide.
local function soft(x, y, size)
  local left, top = x // size, y // size
  local u, v = x / size - left, y / size - top
  u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
  local upper = noise(left, top) * (1 - u) + noise(left + 1, top) * u
  local lower = noise(left, top + 1) * (1 - u) + noise(left + 1, top + 1) * u
  return upper * (1 - v) + lower * v
end

local function mixed(share, r1, g1, b1, r2, g2, b2)
  return r1 + (r2 - r1) * share, g1 + (g2 - g1) * share, b1 + (b2 - b1) * share
end

local function evening(x, y)
  local grain = (noise(x, y) - 0.5) * 0.06
  local r, g, b
  if y < HORIZON - 30 * soft(x, 7, 70) then
    r, g, b = mixed(y / HORIZON, 0.20, 0.28, 0.52, 0.98, 0.66, 0.40)
    local cloud = math.max(0, soft(x, y * 3, 60) * 0.7 + soft(x, y * 3, 20) * 0.3 - 0.55)
    r, g, b = mixed(math.min(1, cloud * 2.5), r, g, b, 0.95, 0.80, 0.74)
  elseif y < HORIZON then
    r, g, b = 0.16, 0.17, 0.24
  else
    local depth = (y - HORIZON) / (HEIGHT - HORIZON)
    r, g, b = mixed(depth, 0.80, 0.52, 0.38, 0.07, 0.12, 0.22)
    local wave = soft(x, y * 6, 18) - 0.5
    r, g, b = r + wave * 0.22, g + wave * 0.17, b + wave * 0.14
  end
  return r + grain, g + grain, b + grain
end

--- The balloon's colour, or nothing where it is not.
local function balloon(x, y)
  local dx, dy = (x - 338) / 44, (y - 92) / 50
  local far = dx * dx + dy * dy
  if far < 1 then
    local stripe = math.floor((math.asin(dx / math.sqrt(1.0001 - dy * dy)) / math.pi + 0.5) * 8)
    local light = 1.05 - 0.5 * far - 0.25 * dx + (noise(x, y) - 0.5) * 0.08
    if stripe % 2 == 0 then return 0.86 * light, 0.24 * light, 0.18 * light end
    return 0.96 * light, 0.88 * light, 0.68 * light
  elseif x >= 329 and x <= 347 and y >= 158 and y <= 171 then
    local weave = (x // 2 + y // 2) % 2 * 0.12
    return 0.42 + weave, 0.28 + weave, 0.16 + weave
  elseif y > 128 and y < 158 and (math.abs(x - 338) - (9 + (158 - y) * 0.7)) ^ 2 < 1 then
    return 0.22, 0.16, 0.12
  end
end

local photo_of_the_sea = photo.draw(WIDTH, HEIGHT, evening)
for _ = 1, 4 do photo_of_the_sea = photo_of_the_sea:resaved(90) end
photo_of_the_sea:save(out .. "/untouched.jpg", 90)

local forgery = photo.draw(WIDTH, HEIGHT, function(x, y)
  local r, g, b = balloon(x, y)
  if r then return r, g, b end
  return photo_of_the_sea:pixel(x, y)
end)
forgery:save(out .. "/forged.jpg", 90)
print("made untouched.jpg and forged.jpg in " .. out)
