-- Finds the loops of a control-flow graph again and again, and keeps all that it finds: many small objects in
-- object-oriented style, which are linked and live long.
-- Usage: luaconc plain-graph.lua [passes] [task|thread]    Prints: ns_per_op (CPU time per pass and block)

local passes = tonumber(arg[1]) or 10

local function work(passes)
  local function class(methods)
    methods = methods or {}
    methods.new = function(...)
      local object = setmetatable({}, { __index = methods })
      object:set(...)
      return object
    end
    return methods
  end

  -- A queue in a table of its own.
  local List = class()

  function List:set() self.items, self.first, self.last = {}, 1, 0 end

  function List:add(item)
    self.last = self.last + 1
    self.items[self.last] = item
  end

  function List:take()
    self.first = self.first + 1
    return self.items[self.first - 1]
  end

  function List:count() return self.last - self.first + 1 end

  function List:each()
    local i = self.first - 1
    return function()
      i = i + 1
      return self.items[i]
    end
  end

  function List:has(body)
    for item in self:each() do
      if body(item) then return true end
    end
    return false
  end

  -- Items that differ, in order.
  local Set = class()

  function Set:set() self.list = List.new() end

  function Set:add(item)
    if not self.list:has(function(other) return other == item end) then self.list:add(item) end
  end

  function Set:each() return self.list:each() end

  -- Numbers by block, in buckets of linked entries.
  local Index = class()

  function Index:set(size)
    self.size, self.buckets = size, {}
  end

  function Index:find(block)
    local entry = self.buckets[block.name % self.size + 1]
    while entry and entry.block ~= block do entry = entry.next end
    return entry
  end

  function Index:put(block, number)
    local entry = self:find(block)
    if entry then
      entry.number = number
    else
      local place = block.name % self.size + 1
      self.buckets[place] = { block = block, number = number, next = self.buckets[place] }
    end
  end

  local Block = class()

  function Block:set(name) self.name, self.sources, self.targets = name, List.new(), List.new() end

  local Graph = class()

  function Graph:set() self.blocks, self.edges = List.new(), List.new() end

  function Graph:block()
    local block = Block.new(self.blocks:count() + 1)
    self.blocks:add(block)
    return block
  end

  function Graph:link(from, to)
    from.targets:add(to)
    to.sources:add(from)
    self.edges:add({ from = from, to = to })
    return to
  end

  function Graph:chain(from, length)
    for _ = 1, length do from = self:link(from, self:block()) end
    return from
  end

  -- A fork and the block where its two ways meet.
  function Graph:diamond(from)
    local last = self:block()
    for _ = 1, 2 do self:link(self:chain(from, 1), last) end
    return last
  end

  -- A loop with loops inside it, `depth` deep.
  function Graph:loop(from, depth)
    local head = self:chain(from, 1)
    local last = self:diamond(head)
    for _ = 1, depth > 0 and 3 or 0 do last = self:loop(last, depth - 1) end
    local tail = self:chain(last, 1)
    self:link(tail, head)
    return self:chain(tail, 1)
  end

  -- What one pass knows of a block: its number in depth-first order and the node that it was merged into.
  local Node = class()

  function Node:set(block, number)
    self.block, self.number, self.last, self.parent = block, number, number, self
    self.back, self.other = List.new(), Set.new()
  end

  function Node:top()
    local passed = List.new()
    local node = self
    while node ~= node.parent do
      if node.parent ~= node.parent.parent then passed:add(node) end
      node = node.parent
    end
    for other in passed:each() do other.parent = node end
    return node
  end

  local Loop = class()

  function Loop:set(head) self.head, self.blocks, self.inner = head, Set.new(), Set.new() end

  function Loop:depth()
    local deepest = 0
    for inner in self.inner:each() do deepest = math.max(deepest, 1 + inner:depth()) end
    return deepest
  end

  local Search = class()

  function Search:set(graph, loops)
    self.graph, self.loops, self.nodes, self.index = graph, loops, {}, Index.new(1024)
  end

  function Search:visit(block)
    local node = Node.new(block, #self.nodes + 1)
    self.nodes[node.number] = node
    self.index:put(block, node.number)
    for target in block.targets:each() do
      if self.index:find(target).number == 0 then self:visit(target) end
    end
    node.last = #self.nodes
  end

  function Search:sort_edges()
    for _, node in ipairs(self.nodes) do
      for source in node.block.sources:each() do
        local from = self.index:find(source).number
        if node.number <= from and from <= node.last then node.back:add(from) else node.other:add(from) end
      end
    end
  end

  -- All nodes of the loop that begins at `head`, without those that an inner loop stands for.
  function Search:body(head)
    local body, rest = Set.new(), List.new()
    for from in head.back:each() do rest:add(self.nodes[from]:top()) end
    while rest:count() > 0 do
      local node = rest:take()
      if node ~= head then
        body:add(node)
        for from in node.other:each() do
          local top = self.nodes[from]:top()
          if top ~= head and not body.list:has(function(other) return other == top end) then rest:add(top) end
        end
      end
    end
    return body
  end

  function Search:run()
    for block in self.graph.blocks:each() do self.index:put(block, 0) end
    self:visit(self.graph.blocks.items[1])
    self:sort_edges()
    for number = #self.nodes, 1, -1 do
      local head = self.nodes[number]
      if head.back:count() > 0 then
        local loop = Loop.new(head.block)
        self.loops:add(loop)
        for node in self:body(head):each() do
          node.parent = head
          if node.loop then
            node.loop.outer = loop
            loop.inner:add(node.loop)
          else
            loop.blocks:add(node.block)
          end
        end
        head.loop = loop
      end
    end
  end

  local graph, loops = Graph.new(), List.new()
  local last = graph:block()
  for _ = 1, 10 do last = graph:loop(last, 3) end

  local start = os.clock()
  for _ = 1, passes do Search.new(graph, loops):run() end
  local elapsed = os.clock() - start
  local outer, depth = 0, 0
  for loop in loops:each() do
    if not loop.outer then outer, depth = outer + 1, math.max(depth, loop:depth()) end
  end
  assert(loops:count() == 400 * passes and outer == 10 * passes and depth == 3)
  return elapsed / passes / graph.blocks:count()
end

-- lua5.4 has only the main chunk.
local place = _G[arg[2]]
print("ns_per_op", (place and place.spawn(work, passes):join() or work(passes)) * 1e9)
