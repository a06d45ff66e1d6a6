-- Runs the test suites of Lua projects under lua5.4 and under luaconc, and compares. `make test-compat` calls it as
--   luaconc Tests/Compatibility/run.lua FOLDER [NAME ...]
-- FOLDER keeps what is fetched: source packages of Debian, by version and checksum. Nothing of them is part of luaconc.
-- Each suite runs in the main chunk, in a thread, in a task beside timers and in a child process. Exit status and output
-- have to be those of lua5.4, but for the order of lines, addresses and measured times.

local here = arg[0]:match("^(.*)/") or "."
local folder = assert(arg[1], "usage: run.lua FOLDER [NAME ...]")
local luaconc = arg[-1]
local only = {}
for i = 2, #arg do only[arg[i]] = true end

local busted = {"/usr/bin/busted", "--output=TAP"}

-- name; source package, its version, the checksum of its archive; where it runs, and what.
local suites = {
  {"lpeg", "lua-lpeg", "1.0.2-2", "48d66576051b6c78388faad09b70493093264588fcd0f258ddaab1cdd4a15ffe",
    "lpeg-1.0.2", {"test.lua"}},
  {"lfs", "lua-filesystem", "1.8.0-3", "a1b7cf748ef2cdb6d75ebaa82a9c91b383fabc541b96febb1f9de98f06b8c188",
    "lua-filesystem-1.8.0/tests", {"test.lua"}},
  {"cjson", "lua-cjson", "2.1.0+dfsg-2.2", "94f1fce36742cf00e99c5071b309b9f71e6e7daf60a7151f7bf4ac0a97259ac4",
    "lua-cjson-2.1.0+dfsg/tests", {"test.lua"}},
  {"mime", "luasocket", "3.1.0-1", "35a6819789b51d94a52e6cee12f07cb17cf02927438d76c31231db06bbf31f0b",
    "luasocket-3.1.0/test", {"mimetest.lua"}},
  {"ltn12", "luasocket", "3.1.0-1", "35a6819789b51d94a52e6cee12f07cb17cf02927438d76c31231db06bbf31f0b",
    "luasocket-3.1.0/test", {"ltn12test.lua"}},
  {"except", "luasocket", "3.1.0-1", "35a6819789b51d94a52e6cee12f07cb17cf02927438d76c31231db06bbf31f0b",
    "luasocket-3.1.0/test", {"excepttest.lua"}},
  {"argparse", "lua-argparse", "0.7.1-2", "d344e49404c3e7b3e7fa4fe6741c106f25909d9b24923cb08dcceda1f9754809",
    "argparse-0.7.1", busted, "--lpath=./src/?.lua"},
  {"inspect", "lua-inspect", "3.1.1-2", "0292f4960ef0ccb2c7334911981b280f9016c57a29c90c5ff5d3823621f6e0db",
    "inspect.lua-3.1.1", busted},
  {"luassert", "lua-luassert", "1.9.0-1", "1db0fabf1bd87392860375b89a8a37d17b687325c988be0df8c42e7e96e7ed73",
    "luassert-1.9.0", busted},
  {"say", "lua-say", "1.4.1-2", "ce07547ca49ef42cc799e2a30b3c65ce77039978e32e7961799a252d61a56486",
    "say-1.4.1", busted},
  {"http", "lua-http", "0.4-1", "d2e3cb9bc04cab70ac4f19351bc74b0dcd8b16cfc2563aa77256eb3a43b3b9e0",
    "lua-http-0.4", busted, "spec/h2_error_spec.lua", "spec/headers_spec.lua", "spec/hpack_spec.lua",
    "spec/proxies_spec.lua"},
}

local modes = {"main", "thread", "task", "process"}

local function run(...)
  local result, problem = process.run(...)
  return result or error(problem, 0)
end

local function checked(...)
  local result = run(...)
  if not result.ok then error(("%s failed:\n%s%s"):format(..., result.stdout, result.stderr), 0) end
  return result.stdout
end

local function absolute(path) return (checked("realpath", path):gsub("\n$", "")) end

-- Debian's list of source packages, kept apart from the system's own lists.
local function prepare()
  checked("mkdir", "-p", folder .. "/lists/partial", folder .. "/cache/archives/partial", folder .. "/sources")
  folder = absolute(folder)
  local list = folder .. "/sources.list"
  local f = assert(io.open(list, "w"))
  f:write("deb-src http://deb.debian.org/debian bookworm main\n"):close()
  return {
    "apt-get", "-qq", "-o", "Dir::Etc::SourceList=" .. list, "-o", "Dir::Etc::SourceParts=-",
    "-o", "Dir::State::Lists=" .. folder .. "/lists", "-o", "Dir::Cache=" .. folder .. "/cache",
    "-o", "APT::Sandbox::User=",
  }
end

local function with(words, ...)
  local all = table.move(words, 1, #words, 1, {})
  return table.move({...}, 1, select("#", ...), #all + 1, all)
end

local function archive(package, version)
  return ("%s/sources/%s_%s.orig.tar.gz"):format(folder, package, version:match("^(.*)%-"))
end

local function sum(path) return run("sha256sum", path).stdout:match("^%x+") end

-- The archive of a source package, as its checksum says it is.
local function fetch(apt, package, version, checksum)
  local path = archive(package, version)
  if sum(path) == checksum then return path end
  os.remove(path)
  if not apt.updated then
    checked(with(apt, "update"))
    apt.updated = true
  end
  local words = with(apt, "source", "--download-only", "--tar-only", package .. "=" .. version)
  words.cwd = folder .. "/sources"
  local result = run(words)
  local got = sum(path)
  if not got then error(("cannot fetch %s %s: %s"):format(package, version, result.stderr), 0) end
  if got ~= checksum then error(("%s has the checksum %s, not %s"):format(path, got, checksum), 0) end
  return path
end

-- A fresh copy, since suites write files.
local function unpack(path)
  checked("rm", "-rf", folder .. "/run")
  checked("mkdir", folder .. "/run")
  checked("tar", "-xzf", path, "-C", folder .. "/run")
end

-- The lines of an output in an order of their own; the words of a printed table, too, whose order is that of `pairs`.
local function lines(text)
  local list = {}
  for line in text:gmatch("[^\n]+") do
    line = line:gsub("0x%x+", "ADDRESS"):gsub("%d+%.?%d* ?s%f[%A]", "TIME"):gsub("%d+%.%d+ seconds", "TIME")
    line = line:gsub(luaconc:gsub("%p", "%%%0"), "lua5.4"):gsub("^luaconc:", "lua5.4:")
    if line:find("{", 1, true) then
      local words = {}
      for word in line:gmatch("[^%s,]+") do words[#words + 1] = word end
      table.sort(words)
      line = table.concat(words, " ")
    end
    if not line:find("timer '.*' missed a tick") then list[#list + 1] = line end
  end
  table.sort(list)
  return list
end

local function difference(expected, actual)
  local count = {}
  for _, line in ipairs(expected) do count[line] = (count[line] or 0) + 1 end
  for _, line in ipairs(actual) do count[line] = (count[line] or 0) - 1 end
  local text = {}
  for line, n in pairs(count) do
    if n ~= 0 and #text < 8 then text[#text + 1] = (n > 0 and "    - " or "    + ") .. line:sub(1, 200) end
  end
  table.sort(text)
  return table.concat(text, "\n")
end

local function outcome(place, program, words)
  words = with(program, table.unpack(words))
  words.cwd, words.timeout = place, 300
  local result, problem = process.run(words)
  if not result or problem then error(("%s: %s"):format(table.concat(words, " "), problem), 0) end
  return result.code or "signal " .. result.signal, result.stdout .. result.stderr
end

luaconc = luaconc:find("/") and absolute(luaconc) or luaconc
local wrapper = absolute(here .. "/mode.lua")
local apt = prepare()
local passed, failed = 0, 0

for _, suite in ipairs(suites) do
  local name, package, version, checksum, place, words = table.unpack(suite, 1, 6)
  if not next(only) or only[name] then
    local path = fetch(apt, package, version, checksum)
    words = with(words, table.unpack(suite, 7))
    place = folder .. "/run/" .. place
    unpack(path)
    local code, text = outcome(place, {"lua5.4"}, words)
    local expected = lines(text)
    print(("%s %s: lua5.4 ends with %s after %d lines"):format(name, version, code, #expected))
    for _, mode in ipairs(modes) do
      unpack(path)
      local program = mode == "main" and {luaconc} or {luaconc, wrapper, mode}
      local ours, said = outcome(place, program, words)
      local differs = difference(expected, lines(said))
      if ours == code and differs == "" then
        passed = passed + 1
        print("  " .. mode .. ": the same")
      else
        failed = failed + 1
        print(("  %s: ends with %s\n%s"):format(mode, ours, differs))
      end
    end
  end
end
print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0)
