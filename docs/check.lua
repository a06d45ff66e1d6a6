-- Runs every example of the documentation and compares what it prints with what its comments say. Then looks whether
-- each function of the modules has its place in docs/ and in types/.
--
--   luaconc docs/check.lua README.md docs/*.md
--
-- An example is a block that begins with ```lua. Its output must be, line by line, what follows its `-->` marks; how
-- many blanks stand between the words does not count. Words after ```lua say more: `status=N` is the exit status
-- that the example must have instead of 0, `part` marks what does not run by itself, `simulate=7d` and `from=2027-03-28`
-- are the virtual time on which it runs.

local function slurp(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

--- The examples of a file: where each begins, its code, its exit status.
local function examples(path)
  local found, block, number = {}, nil, 0
  for line in io.lines(path) do
    number = number + 1
    local info = line:match("^```lua%f[%s\0](.*)")
    if block then
      if line:find("^```") then block = nil else block.code = block.code .. line .. "\n" end
    elseif info then
      block = {place = path .. ":" .. number, code = "", status = tonumber(info:match("status=(%d+)") or 0)}
      local span, from = info:match("simulate=(%S+)"), info:match("from=(%S+)")
      block.options = (span and "--simulate " .. span or "") .. (from and " --from " .. from or "")
      if not info:find("part", 1, true) then found[#found + 1] = block end
    end
  end
  return found
end

local function squeezed(text)
  return (text:gsub("[ \t]+", " "):gsub(" \n", "\n"):gsub("\n*$", "\n"))
end

local function expected(code)
  local lines = {}
  for text in code:gmatch("%-%->[ \t]?([^\n]*)") do lines[#lines + 1] = text .. "\n" end
  return squeezed(table.concat(lines))
end

local luaconc = arg[-1]
if luaconc:find("/", 1, true) and luaconc:sub(1, 1) ~= "/" then luaconc = os.getenv("PWD") .. "/" .. luaconc end

--- Runs an example in a folder of its own; what is wrong, or nil.
local function check(example)
  local name = os.tmpname()
  os.remove(name)
  assert(os.execute("mkdir " .. name))
  local file = assert(io.open(name .. "/example.lua", "wb"))
  file:write(example.code)
  file:close()
  local pipe = io.popen(("cd %s && timeout 20 '%s' %s example.lua 2>errors"):format(name, luaconc, example.options))
  local output = squeezed(pipe:read("a"))
  local _, _, status = pipe:close()
  local errors = slurp(name .. "/errors")
  os.execute("rm -r " .. name)
  if status == example.status and output == expected(example.code) then return nil end
  return ("%s: exit status %d, expected %d\n-- expected\n%s-- printed\n%s-- standard error\n%s"):format(
    example.place, status, example.status, expected(example.code), output:sub(1, 2000), errors:sub(1, 2000))
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
    jobs:send(example)
    count = count + 1
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
print(("%d examples, %d of them wrong"):format(count, failures))

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
