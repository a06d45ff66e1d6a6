-- tostring of an error object is the whole story: kind and name of the work, the message, then the traceback.
local function fails()
  thread.inbox:recv()
  error("boom")
end
local h = thread.spawn({ name = "dum" }, fails)
task.spawn(function() h:send("go") end) -- runs when the join below waits
local _, e = pcall(h.join, h)
local text = tostring(e)
print(text:match("^[^\n]*")) --> thread 'dum': error_tostring.lua:4: boom
print(#e.traceback > 0, text:find(e.traceback, 1, true) ~= nil) --> true	true
print(e.traceback:find("error_tostring.lua:4", 1, true) ~= nil, text:find("spawned at error_tostring.lua:6", 1, true) ~= nil) --> true	true

local t = task.spawn({ name = "tis" }, function() error("boom", 0) end)
_, e = pcall(t.join, t)
print(tostring(e):match("^[^\n]*")) --> task 'tis': boom
print(tostring(e):find("spawned at error_tostring.lua:14", 1, true) ~= nil) --> true
