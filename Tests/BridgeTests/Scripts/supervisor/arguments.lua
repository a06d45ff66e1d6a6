-- Arguments reach each start, nils too; a thread gets new copies each time.
local results = channel.new(math.huge)
supervisor.run {children = {
  {kind = "task", restart = "temporary", args = {1, nil, nil, n = 4}, start = function(...) results:send(select("#", ...)) end},
  {kind = "task", restart = "temporary", args = {nil, 2}, start = function(...) results:send(select("#", ...)) end},
  {kind = "task", restart = "temporary", start = setmetatable({}, {__call = function(self, a) results:send(a) end}), args = {"called"}},
}}
for _ = 1, 3 do print(results:recv()) end
--> 4
--> 2
--> called
local list = {}
supervisor.run {on_error = function() end, children = {
  {restart = "transient", args = {list, results}, start = function(list, results)
    list[#list + 1] = true
    results:send(#list)
    if #results < 3 then error("again") end
  end},
}}
print(results:recv(), results:recv(), results:recv(), #list) --> 1	1	1	0

-- What is changed in the specification afterwards has no effect.
local args = {"before"}
local spec = {name = "x", kind = "task", restart = "temporary", args = args, start = print}
local s = supervisor.spawn {}
s:add(spec) --> before
args[1] = "after"
s:join()

-- Options of the spawning function, and a file.
local name = os.tmpname()
local file <close> = assert(io.open(name, "w"))
file:write("local results, a = ... results:send(a .. ' ' .. tostring(os.getenv('COLOUR')))")
file:close()
supervisor.run {children = {
  {kind = "process", restart = "temporary", start = name, args = {results, "file"}, options = {env = {COLOUR = "green"}}},
}}
print(results:recv()) --> file green
os.remove(name)
local ok, e = pcall(supervisor.run, {intensity = 0, on_error = function() end, children = {
  {name = "greedy", start = function() local t = {} while true do t[#t + 1] = ("x"):rep(1000) .. #t end end, options = {memory = "8M"}},
}})
print(e.value.kind) --> memory
