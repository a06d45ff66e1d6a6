-- The module is a global and can be required, in every state; its functions can be sent.
print(supervisor == require "supervisor", type(supervisor.run), type(supervisor.spawn)) --> true	function	function
local function look(run)
  return supervisor == require "supervisor", run == supervisor.run
end
print(thread.spawn(look, supervisor.run):join()) --> true	true
print(process.spawn(look, supervisor.run):join()) --> true	true

-- Whatever the script calls its own globals.
task, thread, channel, timer, process, debug = nil, nil, nil, nil, nil, nil
supervisor.run {children = {{restart = "temporary", start = function() print("ran") end}}} --> ran
