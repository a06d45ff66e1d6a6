-- Plain floating point and field access: the planets of the benchmarks game.
-- Usage: luaconc plain-nbody.lua [steps]    Prints: ns_per_op (CPU time of one step, fastest of ten passes)

local steps = tonumber(arg[1]) or 7000

local pi = math.pi
local solar_mass = 4 * pi * pi
local days = 365.24

local bodies = {
  { x = 0, y = 0, z = 0, vx = 0, vy = 0, vz = 0, mass = solar_mass }, -- Sun
  { -- Jupiter
    x = 4.84143144246472090, y = -1.16032004402742839, z = -0.103622044471123109,
    vx = 0.00166007664274403694 * days, vy = 0.00769901118419740425 * days, vz = -0.0000690460016972063023 * days,
    mass = 0.000954791938424326609 * solar_mass,
  },
  { -- Saturn
    x = 8.34336671824457987, y = 4.12479856412430479, z = -0.403523417114321381,
    vx = -0.00276742510726411021 * days, vy = 0.00499852801234917238 * days, vz = 0.0000230417297573763929 * days,
    mass = 0.000285885980666130812 * solar_mass,
  },
  { -- Uranus
    x = 12.8943695621391310, y = -15.1111514016986312, z = -0.223307578892655734,
    vx = 0.00296460137564761618 * days, vy = 0.00237847173959480950 * days, vz = -0.0000296589568540237556 * days,
    mass = 0.0000436624404335156298 * solar_mass,
  },
  { -- Neptune
    x = 15.3796971148509165, y = -25.9193146099879641, z = 0.179258772950371181,
    vx = 0.00268067772490389322 * days, vy = 0.00162824170038242295 * days, vz = -0.0000951592254519715870 * days,
    mass = 0.0000515138902046611451 * solar_mass,
  },
}

local function advance(dt)
  local count = #bodies
  for i = 1, count do
    local a = bodies[i]
    local ax, ay, az, amass = a.x, a.y, a.z, a.mass
    local vx, vy, vz = a.vx, a.vy, a.vz
    for j = i + 1, count do
      local b = bodies[j]
      local dx, dy, dz = ax - b.x, ay - b.y, az - b.z
      local distance2 = dx * dx + dy * dy + dz * dz
      local magnitude = dt / (math.sqrt(distance2) * distance2)
      local bm = b.mass * magnitude
      vx, vy, vz = vx - dx * bm, vy - dy * bm, vz - dz * bm
      local am = amass * magnitude
      b.vx, b.vy, b.vz = b.vx + dx * am, b.vy + dy * am, b.vz + dz * am
    end
    a.vx, a.vy, a.vz = vx, vy, vz
    a.x, a.y, a.z = ax + dt * vx, ay + dt * vy, az + dt * vz
  end
end

for _ = 1, steps do advance(0.01) end -- warm-up

local best = math.huge
for _ = 1, 10 do
  local start = os.clock()
  for _ = 1, steps do advance(0.01) end
  best = math.min(best, os.clock() - start)
end
print("ns_per_op", best / steps * 1e9)
