-- A thread has the whole standard library and its own coroutines, hooks, garbage collector and random numbers.
print(thread.spawn(function()
  local names = {}
  for _, name in ipairs{"string", "table", "math", "io", "os", "utf8", "debug", "coroutine", "package"} do
    names[#names + 1] = type(_G[name]) == "table" and name or "no " .. name
  end
  return table.concat(names, " ")
end):join()) --> string table math io os utf8 debug coroutine package
print(thread.spawn(function()
  local main, is_main = coroutine.running()
  return type(main), is_main, coroutine.isyieldable(), (pcall(coroutine.yield))
end):join()) --> thread	true	false	false
local running, hit, hook = thread.spawn(function()
  collectgarbage("stop")
  local hits = 0
  debug.sethook(function() hits = hits + 1 end, "l")
  local x = 1
  debug.sethook()
  return collectgarbage("isrunning"), hits > 0, debug.gethook()
end):join()
print(running, hit, hook, collectgarbage("isrunning")) --> false	true	nil	true
print(thread.spawn(function() return ("text"):upper(), ("%d"):format(3), #"abc" end):join()) --> TEXT	3	3
print(thread.spawn(function() return require("string") == string, require("thread") == thread end):join()) --> true	true
