-- Runs every example of the documentation and compares what it prints with what its comments say. Then looks whether
-- each function of the modules has its place in docs/ and in types/, and whether what the pages link to is there.
--
--   luaconc docs/check.lua README.md docs/*.md
--
-- An example is a block that begins with ```lua, or with the name of another language in the list below, or with
-- ```sh needs=PROGRAM. Its output must be, line by line, what follows the `-->` marks of its comments; how many blanks
-- stand between the words does not count. Words after the language say more: `status=N` is the exit status that the
-- example must have instead of 0, `part` marks what does not run by itself, `simulate=7d` and `from=2027-03-28` are the
-- virtual time on which it runs. Parts, and what is for a shell, are only compiled. An example in a language that is not
-- installed is left out, and that is said.

local languages = {
  lua = {file = "example.lua", command = "luaconc", mark = "%-%->", compile = "-p"},
  python = {file = "example.py", command = "python3", mark = "# %-%->"},
  js = {file = "example.js", command = "node", mark = "// %-%->"},
  erlang = {file = "example.erl", command = "escript", mark = "%% %-%->", first = "#!/usr/bin/env escript\n"},
  sh = {file = "example.sh", command = "sh", mark = "# %-%->", compile = "-n"},
}

local function slurp(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

local luaconc = arg[-1]
if luaconc:find("/", 1, true) and luaconc:sub(1, 1) ~= "/" then luaconc = os.getenv("PWD") .. "/" .. luaconc end
local work = process.run("mktemp", "-d").stdout:match("%S+")
process.run("ln", "-s", process.run("sh", "-c", "command -v '" .. luaconc .. "'").stdout:match("%S+"), work .. "/luaconc")

local missing = {luaconc = false}
local function is_missing(program)
  if missing[program] == nil then missing[program] = not process.run("sh", "-c", "command -v " .. program).ok end
  return missing[program]
end

--- The examples of a file: where each begins, its code, its exit status.
local function examples(path)
  local found, block, number = {}, nil, 0
  for line in io.lines(path) do
    number = number + 1
    local name, info = line:match("^```(%a+)%f[%s\0](.*)")
    if block then
      if line:find("^```") then block = nil else block.code = block.code .. line .. "\n" end
    elseif name then
      block = {place = path .. ":" .. number, code = "", status = tonumber(info:match("status=(%d+)") or 0)}
      local span, from, needs = info:match("simulate=(%S+)"), info:match("from=(%S+)"), info:match("needs=(%S+)")
      block.language = languages[name]
      block.options = (span and "--simulate " .. span or "") .. (from and " --from " .. from or "")
      block.needs = needs or block.language and block.language.command
      if block.language and (info:find("part", 1, true) or name == "sh" and not needs) then
        block.options, block.is_part = block.language.compile, true
      end
      if block.language and block.options then found[#found + 1] = block end
    end
  end
  return found
end

local function squeezed(text)
  return (text:gsub("[ \t]+", " "):gsub(" \n", "\n"):gsub("\n*$", "\n"))
end

local function expected(example)
  if example.is_part then return "\n" end
  local lines = {}
  for text in example.code:gmatch(example.language.mark .. "[ \t]?([^\n]*)") do lines[#lines + 1] = text .. "\n" end
  return squeezed(table.concat(lines))
end

--- Runs an example in a folder of its own; what is wrong, or nil.
local function check(example)
  local name = os.tmpname()
  os.remove(name)
  assert(os.execute("mkdir " .. name))
  local language = example.language
  local file = assert(io.open(name .. "/" .. language.file, "wb"))
  file:write(language.first or "", example.code)
  file:close()
  local pipe = io.popen(("cd %s && PATH='%s':$PATH timeout 20 %s %s %s 2>errors"):format(
    name, work, language.command, example.options, language.file))
  local output = squeezed(pipe:read("a"))
  local _, _, status = pipe:close()
  local errors = slurp(name .. "/errors")
  os.execute("rm -r " .. name)
  if status == example.status and output == expected(example) then return nil end
  return ("%s: exit status %d, expected %d\n-- expected\n%s-- printed\n%s-- standard error\n%s"):format(
    example.place, status, example.status, expected(example), output:sub(1, 2000), errors:sub(1, 2000))
end

--- The anchors of a page: its headings, in the form that links to them have.
local function anchors(path)
  local found, inside = {}, false
  for line in io.lines(path) do
    if line:find("^```") then inside = not inside end
    local heading = not inside and line:match("^#+%s+(.*)")
    if heading then
      heading = heading:gsub("%[([^%]]*)%]%([^)]*%)", "%1"):lower():gsub("[^%w%s_\128-\255-]", ""):gsub("%s", "-")
      found[heading] = true
    end
  end
  return found
end

--- The links of a page that lead nowhere, as a list of complaints.
local function broken(path)
  local found = {}
  local folder = path:match("^(.*/)[^/]*$") or ""
  local text = ("\n" .. slurp(path)):gsub("\n```.-\n```", "")
  local links = {}
  for link in text:gmatch("%]%(([^)%s]+)%)") do links[#links + 1] = link end
  for link in text:gmatch("\n%[[^%]\n]+%]: (%S+)") do links[#links + 1] = link end
  for _, link in ipairs(links) do
    local target, anchor = link:match("^([^#]*)#?(.*)$")
    if not link:find("^%a+:") then
      local place = target == "" and path or folder .. target
      local file = io.open(place)
      if file then file:close() end
      if not file or anchor ~= "" and not anchors(place)[anchor] then
        found[#found + 1] = ("%s: nothing is at %s"):format(path, link)
      end
    end
  end
  return found
end

--- The functions of a module that a file does not mention, as a list of complaints.
local function gaps(module, path, heading)
  local text, found = slurp(path), {}
  for name in pairs(require(module)) do
    if not text:find(heading .. module .. "%." .. name .. "%f[%W]") then
      found[#found + 1] = ("%s says nothing of %s.%s"):format(path, module, name)
    end
  end
  return found
end

local jobs = channel.new(math.huge)
local count = 0
for _, path in ipairs(arg) do
  for _, example in ipairs(examples(path)) do
    if not is_missing(example.needs) then
      jobs:send(example)
      count = count + 1
    end
  end
end
jobs:close()

local wrong = channel.new(math.huge)
local threads = {}
for i = 1, 2 * thread.cores() do
  threads[i] = thread.spawn(function()
    for example in jobs do
      local problem = check(example)
      if problem then wrong:send(problem) end
    end
  end)
end
for _, worker in ipairs(threads) do worker:join() end
wrong:close()

local failures = 0
for problem in wrong do
  print(problem)
  failures = failures + 1
end
os.execute("rm -r " .. work)
print(("%d examples, %d of them wrong"):format(count, failures))
for program, is in pairs(missing) do
  if is then print(program .. " is not installed: its examples are left out") end
end
for _, path in ipairs(arg) do
  for _, complaint in ipairs(broken(path)) do
    print(complaint)
    failures = failures + 1
  end
end

local root = arg[0]:match("^(.*)docs/[^/]*$") or "../"
for _, module in ipairs {
  "task", "thread", "channel", "timer", "sched", "process", "shared", "sync", "supervisor",
} do
  for _, place in ipairs {{"docs/" .. module .. ".md", "\n## [^\n]*"}, {"types/" .. module .. ".lua", "\nfunction "}} do
    for _, gap in ipairs(gaps(module, root .. place[1], place[2])) do
      print(gap)
      failures = failures + 1
    end
  end
end
os.exit(failures == 0 and count > 0)
