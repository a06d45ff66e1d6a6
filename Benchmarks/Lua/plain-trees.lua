-- Binary trees that come and go beside one that stays, and are walked by closures.
-- Usage: luaconc plain-trees.lua [trees] [task|thread]    Prints: ns_per_op (CPU time per node, fastest of five passes)

local trees = tonumber(arg[1]) or 8

local function work(trees)
  local function grow(depth)
    if depth == 0 then return { false, false } end
    return { grow(depth - 1), grow(depth - 1) }
  end

  local function walk(tree, visit)
    if tree[1] then
      walk(tree[1], visit)
      walk(tree[2], visit)
    end
    visit(tree)
  end

  local function count(tree)
    local nodes = 0
    walk(tree, function() nodes = nodes + 1 end)
    return nodes
  end

  local function pass()
    local start, nodes = os.clock(), 0
    for _ = 1, trees do nodes = nodes + count(grow(12)) end
    return (os.clock() - start) / nodes
  end

  local stays, best = grow(14), math.huge
  for _ = 1, 5 do best = math.min(best, pass()) end
  assert(count(stays) == 2 ^ 15 - 1)
  return best
end

-- lua5.4 has only the main chunk.
local place = _G[arg[2]]
print("ns_per_op", (place and place.spawn(work, trees):join() or work(trees)) * 1e9)
