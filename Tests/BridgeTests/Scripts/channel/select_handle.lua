-- A handle in select is ready when its work has ended; the value is its status.
local ch = channel.new()
local t = task.spawn(function() return task.inbox:recv() end)
local h = thread.spawn(function() return thread.inbox:recv() end)
print(channel.select({ ch, t, h }, 0)) --> nil	timeout
h:send("end")
print(channel.select({ ch, t, h })) --> 3	done
print(channel.select({ h }, 0)) --> 1	done
print(channel.select({ h }, 0)) --> 1	done
task.spawn(function() t:send("end") end)
print(channel.select({ ch, t })) --> 2	done
print(t:join(), h:join()) --> end	end

-- With failed work, too; what it failed with is for join.
local bad = thread.spawn({ on_error = function() end }, function() error("boom", 0) end)
print(channel.select({ ch, bad })) --> 2	failed
local ok, e = pcall(bad.join, bad)
print(ok, e.message) --> false	boom

-- First of several threads: the others are not disturbed.
local gates, threads = {}, {}
for i = 1, 3 do
  gates[i] = channel.new()
  threads[i] = thread.spawn(function(gate) return gate:recv() end, gates[i])
end
gates[2]:send("two")
print(channel.select(threads)) --> 2	done
gates[1]:send("one")
gates[3]:send("three")
print(threads[1]:join(), threads[2]:join(), threads[3]:join()) --> one	two	three
