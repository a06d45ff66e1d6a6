-- A new state gets its spawner's package.path, package.cpath and arg.
local path, cpath = package.path, package.cpath
print(thread.spawn(function() return package.path, package.cpath end):join() == path) --> true
package.path = "./?.from_spawner;" .. path
package.cpath = "./?.c_from_spawner;" .. cpath
local p, c = thread.spawn(function() return package.path, package.cpath end):join()
print(p == package.path, c == package.cpath) --> true	true
print(thread.spawn(function() return arg[0], #arg, arg[-1] ~= nil end):join()) --> paths_and_arg_given_on.lua	0	true
arg[1] = "added"
print(thread.spawn(function() return arg[1] end):join()) --> added

-- And gives them on in its turn; its own changes stay its own.
p = thread.spawn(function()
  package.path = "./?.inner;" .. package.path
  return (thread.spawn(function() return package.path end):join())
end):join()
print(p == "./?.inner;" .. package.path, package.path:match("inner")) --> true	nil

-- So a module that the spawner finds is found by the thread.
local file_name = os.tmpname()
local file = assert(io.open(file_name, "w"))
file:write("return {answer = 42, name = ...}")
file:close()
package.path = file_name:match("^.*/") .. "?;" .. path
local name = file_name:match("[^/]+$")
print(thread.spawn(function(n) return require(n).answer end, name):join()) --> 42
local module = require(name)
print(thread.spawn(function() return module.answer, module == require(module.name) end):join()) --> 42	true
os.remove(file_name)
