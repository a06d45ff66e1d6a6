--! module
-- A strict reader of traces, written from the description of the format (Trace Event Format, the array of events), and of
-- JSON (RFC 8259). Whatever is not as described there is an error.
local M = {}

local escapes = {['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t"}

function M.json(text)
  local at = 1
  local function fail(what) error(("byte %d: %s, at %q"):format(at, what, text:sub(at, at + 20)), 0) end
  local function blanks() at = text:match("^[ \t\r\n]*()", at) end

  local function str()
    local parts = {}
    at = at + 1
    while true do
      local plain, after = text:match('^([^"\\%c]*)()', at)
      parts[#parts + 1] = plain
      at = after
      local c = text:sub(at, at)
      if c == '"' then break end
      if c ~= "\\" then fail "a string is not ended, or holds a control character" end
      local e = text:sub(at + 1, at + 1)
      if e == "u" then
        local hex = text:match("^%x%x%x%x", at + 2) or fail "\\u without four digits"
        parts[#parts + 1] = utf8.char(tonumber(hex, 16))
        at = at + 6
      else
        parts[#parts + 1] = escapes[e] or fail "unknown escape"
        at = at + 2
      end
    end
    at = at + 1
    local s = table.concat(parts)
    if not utf8.len(s) then fail "a string is not UTF-8" end
    return s
  end

  local value
  local function object()
    local t = {}
    at = at + 1
    blanks()
    if text:sub(at, at) == "}" then at = at + 1 return t end
    while true do
      if text:sub(at, at) ~= '"' then fail "a name is expected" end
      local name = str()
      if t[name] ~= nil then fail("the name " .. name .. " comes twice") end
      blanks()
      if text:sub(at, at) ~= ":" then fail "a colon is expected" end
      at = at + 1
      t[name] = value()
      local c = text:sub(at, at)
      at = at + 1
      if c == "}" then return t end
      if c ~= "," then fail "a comma is expected" end
      blanks()
    end
  end
  local function array()
    local t = {}
    at = at + 1
    blanks()
    if text:sub(at, at) == "]" then at = at + 1 return t end
    while true do
      t[#t + 1] = value()
      local c = text:sub(at, at)
      at = at + 1
      if c == "]" then return t end
      if c ~= "," then fail "a comma is expected" end
    end
  end
  function value()
    blanks()
    local c = text:sub(at, at)
    local v
    if c == "{" then v = object()
    elseif c == "[" then v = array()
    elseif c == '"' then v = str()
    else
      local number = text:match("^-?%d+%.?%d*[eE]?[+-]?%d*", at)
      if number then
        if not number:match "^-?0$" and number:match "^-?0%d" then fail "a number begins with 0" end
        if number:match "%.$" or number:match "%.[eE]" then fail "a number without digits after its point" end
        v = tonumber(number) or fail "not a number"
        at = at + #number
      else
        local word = text:match("^%l+", at)
        if word == "true" then v = true elseif word == "false" then v = false
        elseif word ~= "null" then fail "not a value" end
        at = at + #word
      end
    end
    blanks()
    return v
  end
  local v = value()
  if at <= #text then fail "more than one value" end
  return v
end

local function integer(x) return math.type(x) == "integer" end
local function time(x) return type(x) == "number" and x >= 0 end
local kinds = {
  X = function(e) return time(e.ts) and time(e.dur) and type(e.name) == "string" end,
  b = function(e) return time(e.ts) and e.name and e.cat and (e.id or e.id2) end,
  e = function(e) return time(e.ts) and e.name and e.cat and (e.id or e.id2) end,
  s = function(e) return time(e.ts) and e.name and e.cat and type(e.id) == "string" end,
  f = function(e) return time(e.ts) and e.name and e.cat and type(e.id) == "string" and e.bp == "e" end,
  i = function(e) return time(e.ts) and e.name and (e.s == "t" or e.s == "p" or e.s == "g") end,
  C = function(e)
    if not time(e.ts) or not next(e.args) then return false end
    for _, v in pairs(e.args) do if type(v) ~= "number" then return false end end
    return true
  end,
  M = function(e) return (e.name == "process_name" or e.name == "thread_name") and type(e.args.name) == "string" end,
}

-- Reads the file and checks it. `isCut`: its process was killed, so the bracket at the end may be missing, as the format
-- allows, and so may the beginnings and ends of what was under way. Returns the events, and by kind.
function M.read(path, isCut)
  local f <close> = assert(io.open(path, "rb"))
  local text = f:read "a"
  if isCut and not text:match "%][ \n]*$" then text = text .. "]" end
  return M.check(M.json(text), isCut)
end

function M.check(events, isCut)
  local names, tracks, starts, ends, waits, by = {}, {}, {}, {}, {}, {}
  for _, e in ipairs(events) do
    local function bad(what) error(("%s: ph %s, %s, at %s"):format(what, e.ph, e.name, e.ts), 0) end
    if not (kinds[e.ph] and kinds[e.ph](e)) then bad "an event is not as described" end
    if not (integer(e.pid) and integer(e.tid) and e.tid < 2 ^ 31) then bad "pid or tid" end
    local place = e.pid .. "/" .. e.tid
    if e.ph == "M" then
      if e.name == "thread_name" then names[place] = e.args.name end
    else
      tracks[place] = tracks[place] or {}
      if e.ph == "X" then table.insert(tracks[place], e) end
    end
    if e.ph == "s" then starts[e.id] = e elseif e.ph == "f" then ends[#ends + 1] = e end
    if e.ph == "b" or e.ph == "e" then
      local id = e.pid .. "/" .. e.cat .. "/" .. tostring(e.id or e.id2["local"] or e.id2.global)
      waits[id] = waits[id] or {}
      table.insert(waits[id], e)
    end
    local kind = e.cat or e.name
    by[kind] = by[kind] or {}
    table.insert(by[kind], e)
  end
  for place, spans in pairs(tracks) do
    if #spans > 0 then assert(names[place], "a thread has no name: " .. place) end
    -- Spans of a thread lie one after the other, or one in the other.
    table.sort(spans, function(a, b) if a.ts ~= b.ts then return a.ts < b.ts end return a.dur > b.dur end)
    local open = {}
    for _, e in ipairs(spans) do
      while #open > 0 and open[#open] <= e.ts + 0.0005 do open[#open] = nil end
      if #open > 0 and e.ts + e.dur > open[#open] + 0.0015 then error("spans overlap: " .. e.name .. " at " .. e.ts, 0) end
      open[#open + 1] = e.ts + e.dur
    end
  end
  for _, e in ipairs(ends) do
    local s = starts[e.id]
    if not s then
      if not isCut then error("a flow ends that has not begun: " .. e.id, 0) end
    else
      if s.cat ~= e.cat or s.name ~= e.name then error("a flow changes its name", 0) end
      if s.ts > e.ts then error(("a message came before it was sent: %s, %s"):format(s.ts, e.ts), 0) end
    end
  end
  for id, list in pairs(waits) do
    table.sort(list, function(a, b) return a.ts < b.ts end)
    local open = 0
    for i, e in ipairs(list) do
      open = open + (e.ph == "b" and 1 or -1)
      if open < 0 and not isCut then error("a wait ends twice: " .. id, 0) end
    end
  end
  return events, by
end

return M
