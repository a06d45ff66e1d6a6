--! args: --simulate 1d
-- An error that is passed on, by joins, groups and other states, keeps whose it was, and what was raised; those that passed
-- it on follow in its text, in their order.
local function order(e, ...)
  local text, at = tostring(e), 0
  for _, word in ipairs {...} do
    at = text:find(word, at + 1, true)
    if not at then return "no " .. word .. " in:\n" .. text end
  end
  return true
end

local job = task.spawn({ name = "job" }, function()
  local g <close> = task.group()
  g:thread({ name = "copy p3.jpg" }, function() error("no such file", 0) end)
end)
local _, e = pcall(job.join, job)
print(e.origin, e.message, e.value) --> copy p3.jpg	no such file	nil
print(order(e, "thread 'copy p3.jpg': no such file", "passed on by task 'job'")) --> true

-- Through three kinds, each of which passes it on in its own way.
local outer = process.spawn({ name = "outer" }, function()
  local middle = thread.spawn({ name = "middle" }, function()
    local inner = task.spawn({ name = "inner" }, function() error({ code = 7 }) end)
    local ok, e = pcall(inner.join, inner)
    error(e)
  end)
  middle:join()
end)
_, e = pcall(outer.join, outer)
print(e.origin, e.kind, e.value.code) --> inner	error	7
print(order(e, "task 'inner': ", "passed on by thread 'middle'", "passed on by process 'outer'")) --> true

-- A work of the same name is another one only if the error says so.
local _, first = pcall(function() task.spawn({ name = "first" }, error, "oops", 0):join() end)
local again = thread.spawn({ name = "again" }, function(e) error(e) end, first)
_, e = pcall(again.join, again)
print(e.origin, e.message, order(e, "task 'first': oops", "passed on by thread 'again'")) --> first	oops	true

-- What a wait itself raises is of the one that waits.
local waiter = task.spawn({ name = "waiter" }, function() task.spawn(sleep, 0.2):join(0.001) end)
_, e = pcall(waiter.join, waiter)
print(e.kind, e.origin, tostring(e):find("passed on", 1, true)) --> timeout	waiter	nil

-- A timer's callback passes on, too.
local seen = channel.new()
timer.after({ name = "dum", on_error = function(e) seen:send(e) end }, 0, function()
  thread.spawn({ name = "worker" }, error, "bad", 0):join()
end)
e = seen:recv()
print(e.origin, order(e, "thread 'worker': bad", "passed on by tick 1 of timer 'dum'")) --> worker	true
