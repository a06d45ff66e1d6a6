-- For states in which scripts are not trusted. Each function that would run in C for longer than its arguments are long
-- gets a bound; chunks are text. It gets the standard `load`.
local load = ...
local type, error, getmetatable, tonumber = type, error, getmetatable, tonumber
local rep, move, insert, remove, sort = string.rep, table.move, table.insert, table.remove, table.sort
local concat, unpack = table.concat, table.unpack

function _G.load(chunk, name, mode, ...)
  if mode ~= nil and (type(mode) ~= "string" or mode == "b") then
    return nil, "attempt to load a chunk that is not text"
  end
  if type(chunk) == "function" then
    local read = chunk
    function chunk() return (read()) end  -- a function in C could give pieces for ever
  end
  return load(chunk, name, "t", ...)
end

string.dump = nil

function string.rep(s, n, sep)
  if s == "" and (sep == nil or sep == "") and type(n) == "number" then n = n < 1 and 0 or 1 end
  return rep(s, n, sep)
end

-- The length that a table's metatable claims may be any number: only plain lists go to C.
local function plain(t, name)
  if type(t) ~= "table" then error("bad argument #1 to '" .. name .. "' (table expected, got " .. type(t) .. ")", 3) end
  local mt = getmetatable(t)
  if mt ~= nil then error("bad argument #1 to '" .. name .. "' (a table without a metatable expected)", 3) end
end

local longest = 10000000

local function range(first, last, name)
  first, last = tonumber(first), tonumber(last)
  if first and last and 1.0 * last - first > longest then
    error("bad argument to '" .. name .. "' (too many items)", 3)
  end
end

function table.move(a, f, e, t, ...)
  range(f, e, "move")
  return move(a, f, e, t, ...)
end

function table.insert(t, ...)
  plain(t, "insert")
  return insert(t, ...)
end

function table.remove(t, ...)
  plain(t, "remove")
  return remove(t, ...)
end

function table.sort(t, ...)
  plain(t, "sort")
  return sort(t, ...)
end

function table.concat(t, sep, i, j)
  range(i or 1, j or 1, "concat")
  if j == nil then plain(t, "concat") end
  return concat(t, sep, i, j)
end

function table.unpack(t, i, j)
  range(i or 1, j or 1, "unpack")
  return unpack(t, i, j)
end
