-- Where Lua cannot yield, a supervisor goes on with children of their own states. Children that are tasks cannot run.
package.preload.children = function()
  local done = channel.new(10)
  supervisor.run {children = {
    {name = "a", restart = "temporary", start = function(done) done:send "a" end, args = {done}},
    {name = "b", restart = "transient", kind = "process", start = function(done) done:send "b" end, args = {done}},
  }}
  local seen = {done:recv(), done:recv()}
  table.sort(seen)
  print(table.concat(seen, " ")) --> a b
  local count = shared.map()
  print(select(2, pcall(supervisor.run, {intensity = 2, on_error = function() end, children = {
    {name = "flaky", start = function(count)
      count:incr "starts"
      error "boom"
    end, args = {count}},
  }})).message)
  --> more than 2 restarts within 5 s; thread 'flaky' has failed: in_module_body.lua:15: boom
  print(count:get "starts") --> 3
  local s = supervisor.spawn {children = {{name = "sleeper", start = function() thread.inbox:recv() end}}}
  print(s:which()[1].name) --> sleeper
  s:stop "sleeper"
  s:cancel()
  print(s:wait()) --> cancelled
  print(select(2, pcall(supervisor.run, {name = "top", children = {{kind = "task", start = print}}})).message)
  --> deadlock: main -> top (the wait holds up the state that both run in)
  return 1
end
require "children"
