-- What people have at the prompt: values shown readably, `help` and `jobs`. It receives native functions and what help
-- tells (help.lua), the names of the modules, and whether there are colours; it returns the function that shows results.
-- It uses the standard library as it is at the start. At the prompt of somebody who has attached himself to the program,
-- what it defines is no global of the script's: then it also returns the table that lines have for their globals.
local native, help_text, modules, has_colours, is_attached = ...
local type, next, pcall, select, tostring = type, next, pcall, select, tostring
local rawequal, rawget, rawset, ipairs = rawequal, rawget, rawset, ipairs
local concat, sort, huge, mathtype, max, min = table.concat, table.sort, math.huge, math.type, math.max, math.min
local format, rep, byte = string.format, string.rep, string.byte
local len, getinfo, getlocal = utf8.len, debug.getinfo, debug.getlocal
local getmetatable, getupvalue = debug.getmetatable, debug.getupvalue
local open, loaded, globals = io.open, package.loaded, _G
local home = is_attached and setmetatable({}, {__index = globals, __newindex = globals}) or globals

local colours = {string = "32", number = "36", word = "35", object = "34", mark = "33", dim = "2"}

--- The text in the colour of its kind.
local function paint(kind, text)
  local code = has_colours and colours[kind]
  return code and "\27[" .. code .. "m" .. text .. "\27[0m" or text
end

-- Fills their tables, so that Tab finds what is in them.
for _, name in ipairs(modules) do
  if type(loaded[name]) == "table" then pcall(function() return loaded[name][""] end) end
end

-- MARK: Strings

--- How many columns a text takes, which is exact enough to decide whether something fits into a row.
local function width(text)
  local count = 0
  for first in text:gmatch("[%z\1-\127\194-\244]") do count = count + (first > "\226" and 2 or 1) end
  return count
end

local escapes = {["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ['"'] = '\\"', ["\\"] = "\\\\", ["\27"] = "\\27"}
local function escape(c) return escapes[c] or format("\\x%02X", byte(c)) end

--- Escapes what is no text, and what would make a terminal do something.
local function printable(text)
  local parts, from = {}, 1
  while true do
    local _, wrong = len(text, from)
    local part = text:sub(from, wrong and wrong - 1)
    part = part:gsub("\194[\128-\159]", function(c) return format("\\u{%X}", byte(c, 2)) end)
    parts[#parts + 1] = part
    if not wrong then return concat(parts) end
    parts[#parts + 1] = format("\\x%02X", byte(text, wrong))
    from = wrong + 1
  end
end

local function quoted(text, limit)
  local size = #text
  if size <= limit then return '"' .. printable(text:gsub('[%c"\\]', escape)) .. '"' end
  local cut = limit
  while cut > limit - 4 and (byte(text, cut + 1) or 0) & 0xC0 == 0x80 do cut = cut - 1 end
  return '"' .. printable(text:sub(1, cut):gsub('[%c"\\]', escape)) .. '"… ' .. size .. " bytes"
end

--- One line of a text, at most so long.
local function cut(text, limit)
  text = text:match("^[^\n]*")
  if width(text) <= limit then return text end
  local short = text:sub(1, limit - 1)
  while #short > 0 and not len(short) do short = short:sub(1, -2) end
  return short .. "…"
end

-- MARK: Functions

--- The name under which a loaded module has the value.
local function name_of(value)
  for module, members in next, loaded do
    if type(members) == "table" then
      for name, member in next, members do
        if rawequal(member, value) and type(name) == "string" then
          return module == "_G" and name or module .. "." .. name
        end
      end
    end
  end
end

local function parameters(f)
  local info, names = getinfo(f, "u"), {}
  for i = 1, info.nparams do names[i] = getlocal(f, i) end
  if info.isvararg then names[#names + 1] = "..." end
  return concat(names, ", ")
end

--- Usage, and what it does, of a function of luaconc.
local function about(f)
  local usage, meaning = native.about(f)
  if usage then return usage, meaning end
  local known = help_text.functions[name_of(f) or ""]
  if known then return known[1], known[2] end
end

local function described(f)
  local usage = about(f)
  if usage then return "function: " .. usage end
  local info = getinfo(f, "S")
  if info.what == "C" then return "function: " .. (name_of(f) or "in C") end
  return "function(" .. parameters(f) .. ") at " .. info.short_src .. ":" .. info.linedefined
end

-- MARK: Values

local nested_string, long_string, items, deepest, most_rows = 200, 4000, 50, 8, 300

--- The text and its kind, for a value that is shown by itself; nil for a table that is shown by its fields.
local function single(value, limit)
  local kind = type(value)
  if kind == "string" then return quoted(value, limit), "string" end
  if kind == "number" then return tostring(value), "number" end
  if kind == "function" then return described(value), "object" end
  if kind == "nil" or kind == "boolean" then return tostring(value), "word" end
  if kind == "table" then
    local meta = getmetatable(value)
    if type(meta) ~= "table" or rawget(meta, "__tostring") == nil then return nil end
  end
  local ok, text = pcall(tostring, value)
  if not ok then return "<" .. kind .. " whose __tostring fails>", "mark" end
  return printable(text:gsub("[%z\1-\8\11-\31\127]", escape)), "object"
end

local function is_name(key) return type(key) == "string" and key:find("^[%a_][%w_]*$") ~= nil end

local ranks = {number = 1, string = 2, boolean = 3}
local function before(a, b)
  local kind, other = type(a), type(b)
  if kind ~= other then return (ranks[kind] or 4) < (ranks[other] or 4) end
  if kind == "number" or kind == "string" then return a < b end
  return tostring(a) < tostring(b)
end

--- The name of a module of luaconc.
local function module_name(t)
  for _, name in ipairs(modules) do
    if rawequal(loaded[name], t) then return name end
  end
end

--- The items of the list, the other keys in order, and how many there are of both.
local function contents(t)
  local count, keys, others = 0, {}, 0
  while rawget(t, count + 1) ~= nil do count = count + 1 end
  for key in next, t do
    if not (mathtype(key) == "integer" and key >= 1 and key <= count) then
      others = others + 1
      if others <= 10000 then keys[others] = key end
    end
  end
  sort(keys, before)
  return count, keys, others
end

--- The type's name, for a table that has one.
local function label(t)
  local meta = getmetatable(t)
  local name = type(meta) == "table" and rawget(meta, "__name")
  return type(name) == "string" and printable(name) .. " " or ""
end

local function commas(n)
  local text = format("%d", n)
  return (text:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end

local function mark(path) return path == "" and "<the table itself>" or "<the table at " .. path .. ">" end

--- How a key stands before its value, and in a path.
local function key_text(key)
  if is_name(key) then return key .. " = ", "." .. key end
  local inner = "[" .. (single(key, 40) or "table"):gsub("\n.*", "…") .. "]"
  return inner .. " = ", inner
end

--- The value in one row of at most `room` columns, with colours, and its width; nil if it does not fit.
local function flat(value, room, path, inside, depth, limit)
  local text, kind = single(value, limit)
  if text then
    local size = width(text)
    if size > room or text:find("\n", 1, true) then return nil end
    return paint(kind, text), size
  end
  if inside[value] then
    text = mark(inside[value])
    if #text > room then return nil end
    return paint("mark", text), #text
  end
  local name = label(value)
  if depth >= deepest and next(value) ~= nil then return nil end
  local count, keys, others = contents(value)
  if count + others > items or others > 12 then return nil end
  local parts, size = {}, 2 + #name
  inside[value] = path
  local function add(key, item, name)
    local part, more = flat(item, room - size - width(key), path .. name, inside, depth + 1, limit)
    if not part then return false end
    size = size + more + width(key) + (#parts > 0 and 2 or 0)
    parts[#parts + 1] = key .. part
    return size <= room
  end
  local fits = true
  for i = 1, count do fits = fits and add("", rawget(value, i), "[" .. i .. "]") end
  for _, key in next, keys do
    if not fits then break end
    local shown, name = key_text(key)
    fits = add(shown, rawget(value, key), name)
  end
  inside[value] = nil
  if not fits then return nil end
  return name .. "{" .. concat(parts, ", ") .. "}", size
end

--- Whether an item of a list shares its row with others.
local function is_short(item)
  local kind = type(item)
  return kind == "number" or kind == "boolean" or kind == "string" and #item < 20
end

--- Adds the rows of a value to `rows`, whose last one goes on.
local function block(value, rows, indent, path, inside, depth, limit, columns)
  local function put(text) rows[#rows] = rows[#rows] .. text end
  local plain = rows[#rows]:gsub("\27%[%d*m", "")
  local one
  if not inside[value] or type(value) ~= "table" then one = flat(value, columns - width(plain) - 1, path, inside, depth, limit) end
  if one then return put(one) end
  local text, kind = single(value, limit)
  if text then return put(paint(kind, text)) end
  if inside[value] then return put(paint("mark", mark(inside[value]))) end
  local count, keys, others = contents(value)
  local total = count + others
  if depth >= deepest or #rows > most_rows then
    return put(label(value) .. "{" .. paint("mark", "… " .. commas(total) .. (total == 1 and " field" or " fields")) .. "}")
  end
  put(label(value) .. "{")
  inside[value] = path
  local room = depth == 0 and items or items // 2
  local shown = 0
  local deeper = indent .. "  "
  local function add(key, item, name)
    rows[#rows + 1] = deeper .. key
    block(item, rows, deeper, path .. name, inside, depth + 1, nested_string, columns)
    put(",")
    shown = shown + 1
  end
  -- Short items of a list share rows.
  local i = 1
  while i <= count and shown < room do
    local item = rawget(value, i)
    if is_short(item) then
      local row, size = deeper, #deeper
      while i <= count and shown < room do
        item = rawget(value, i)
        if not is_short(item) then break end
        local part, more = flat(item, huge, path, inside, depth, nested_string)
        if size > #deeper and size + more + 2 > columns then break end
        row, size = row .. (size > #deeper and " " or "") .. part .. ",", size + more + 2
        i, shown = i + 1, shown + 1
      end
      rows[#rows + 1] = row
    else
      add("", item, "[" .. i .. "]")
      i = i + 1
    end
  end
  if shown < room then
    for _, key in next, keys do
      if shown >= room then break end
      local shown, name = key_text(key)
      add(shown, rawget(value, key), name)
    end
  end
  if total > shown then rows[#rows + 1] = deeper .. paint("mark", "… " .. commas(total - shown) .. " more") end
  inside[value] = nil
  rows[#rows + 1] = indent .. "}"
end

--- The text of a value, of one row or several.
local function shown(value, columns)
  local rows = {""}
  block(value, rows, "", "", {}, 0, long_string, columns)
  return concat(rows, "\n")
end

-- MARK: Results

local kept = {}

--- Shows the results of an expression. The last ones are the globals _1, _2 and so on, the newest first.
local function show(...)
  local count, parts, columns = select("#", ...), {}, native.columns()
  for i = 1, count do
    local value = select(i, ...)
    parts[i] = shown(value, columns)
  end
  local row = concat(parts, "\t")
  native.say(row:find("\n", 1, true) and concat(parts, "\n") or row)
  local new = {}
  for i = 1, 9 do
    if i <= count then new[i] = (select(i, ...)) else new[i] = kept[i - count] end
    rawset(home, "_" .. i, new[i])
  end
  kept = new
end

-- MARK: help

local function list(rows)
  local widest, columns = 0, native.columns()
  for _, row in next, rows do widest = max(widest, width(row[1])) end
  widest = min(widest, columns // 2)
  for _, row in ipairs(rows) do
    if width(row[1]) > widest or columns < 60 then
      native.say("  " .. row[1])
      if row[2] ~= "" then native.say("      " .. row[2]) end
    else
      native.say("  " .. row[1] .. rep(" ", widest - width(row[1])) .. "  " .. row[2])
    end
  end
end

local function usage_key(usage) return usage:match("^[%w_]+[.:]?[%w_]*") end

local function help_function(f)
  local usage, meaning = about(f)
  if usage then
    native.say(paint("object", usage))
    native.say("  " .. meaning)
    local example = help_text.examples[usage_key(usage)]
    if example then native.say("Example:\n  " .. paint("string", (example:gsub("\n", "\n  ")))) end
    return
  end
  local info = getinfo(f, "S")
  if info.what == "C" then
    local name = name_of(f)
    if not name then return native.say("a function in C") end
    native.say(paint("object", name))
    local library = name:match("^(%w+)%.") or "_G"
    if (" _G coroutine debug io math os package string table utf8 "):find(" " .. library .. " ", 1, true) then
      native.say("  A function of Lua: https://www.lua.org/manual/5.4/manual.html#pdf-" .. name)
    end
    return
  end
  native.say(paint("object", described(f)))
  local file = info.source:sub(1, 1) == "@" and open(info.source:sub(2), "rb")
  if not file then return end
  local comment, number = {}, 0
  for line in file:lines() do
    number = number + 1
    if number >= info.linedefined then break end
    if line:find("^%s*%-%-") then comment[#comment + 1] = line:match("^%s*(.*)") else comment = {} end
  end
  file:close()
  for _, line in ipairs(comment) do native.say("  " .. line) end
end

--- The functions in a table, for people.
local function members(t)
  local rows = {}
  for name, value in next, t do
    local usage, meaning
    if type(value) == "function" then usage, meaning = about(value) end
    if usage and type(name) == "string" then rows[#rows + 1] = {usage, meaning} end
  end
  sort(rows, function(a, b) return a[1] < b[1] end)
  return rows
end

local function help_handle(value)
  local index = (getmetatable(value) or {}).__index
  native.say(paint("object", printable(tostring(value))))
  local rows = {}
  local function take(t)
    if type(t) ~= "table" then return end
    for _, row in ipairs(members(t)) do rows[#rows + 1] = row end
  end
  take(index)
  if type(index) == "function" then
    for i = 1, 2 do
      local _, t = getupvalue(index, i)
      take(t)
    end
  end
  list(rows)
end

--- The functions of help's own list whose names begin so.
local function listed(start)
  local rows = {}
  for name, row in next, help_text.functions do
    if name:find(start, 1, true) == 1 then rows[#rows + 1] = row end
  end
  sort(rows, function(a, b) return a[1] < b[1] end)
  return rows
end

--- The methods of an object that is a table; nil if nothing is known of them.
local function methods(value)
  local meta = getmetatable(value)
  local name = type(meta) == "table" and rawget(meta, "__name")
  local rows = type(name) == "string" and listed(name .. ":") or {}
  return rows[1] and rows
end

local function resolve(path)
  local value = globals
  for name in path:gmatch("[%w_]+") do
    local ok, member = pcall(function() return value[name] end)
    if not ok or member == nil then return nil end
    value = member
  end
  return value
end

--- Functions whose usage or meaning has that word.
local function search(word)
  local rows = {}
  for _, name in ipairs(modules) do
    if type(loaded[name]) == "table" then
      for _, part in ipairs {members(loaded[name]), listed(name .. ":")} do
        for _, row in ipairs(part) do
          if (row[1] .. " " .. row[2]):lower():find(word:lower(), 1, true) then rows[#rows + 1] = row end
        end
      end
    end
  end
  return rows
end

local function help(...)
  if select("#", ...) == 0 then
    local rows = {}
    for _, name in ipairs(modules) do rows[#rows + 1] = {name, help_text.modules[name] or ""} end
    native.say("Modules:")
    list(rows)
    native.say("More:")
    list {
      {"help(thread)", "the functions of a module"},
      {"help(thread.spawn)", "one function, with an example"},
      {"help(h)", "the methods of an object"},
      {"help('timeout')", "the functions that have to do with a word"},
      {"jobs()", "what runs"},
      {"_1, _2 …", "the last results, the newest first"},
    }
    return
  end
  local value = ...
  if type(value) == "string" then
    local named = value:find("^[%a_][%w_.:]*$") and resolve(value)
    if not named and help_text.modules[value] then
      return native.say(paint("object", value) .. ": " .. help_text.modules[value])
    end
    if not named then
      local rows = search(value)
      if #rows == 0 then return native.say("nothing is known of '" .. printable(value) .. "'; help() lists the modules") end
      return list(rows)
    end
    value = named
  end
  local kind = type(value)
  local module = kind == "table" and module_name(value)
  if kind == "function" then
    help_function(value)
  elseif module then
    native.say(paint("object", module) .. (help_text.modules[module] and ": " .. help_text.modules[module] or ""))
    list(members(value))
  elseif kind == "table" and methods(value) then
    native.say(paint("object", printable(tostring(value))))
    list(methods(value))
  elseif kind == "userdata" and type(getmetatable(value)) == "table" then
    help_handle(value)
  elseif kind == "nil" then
    native.say("nil: there is no such thing; help() lists the modules")
  else
    native.say("a " .. kind .. (kind == "table" and ":" or ""))
    if kind == "table" then native.say(shown(value, native.columns())) end
  end
end

-- MARK: jobs

local function jobs()
  local columns = native.columns()
  local rows, widest = native.jobs(), {0, 0, 0}
  if #rows == 0 then return native.say("nothing runs") end
  for _, row in ipairs(rows) do
    for i = 1, 3 do
      row[i] = printable(row[i]:gsub("%c", " "))
      widest[i] = max(widest[i], width(row[i]))
    end
  end
  for _, row in ipairs(rows) do
    local text = ""
    for i = 1, 3 do text = text .. row[i] .. rep(" ", widest[i] - width(row[i])) .. "  " end
    native.say(cut((text .. row[4]):gsub("%s+$", ""), columns - 1))
  end
end

-- The globals of the script come first.
if rawget(globals, "help") == nil then rawset(home, "help", help) end
if rawget(globals, "jobs") == nil then rawset(home, "jobs", jobs) end
return show, home
