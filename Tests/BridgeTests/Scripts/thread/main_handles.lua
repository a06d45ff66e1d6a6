-- The handles of the main task and of the main thread become final when the main chunk has returned: with its results.
local main, whole = task.current(), thread.current()
print(main:status(), whole:status(), whole.kind, whole.name) --> running	running	thread	main
-- A join of oneself never ends; the two are one for that.
print(select(2, pcall(main.join, main)).kind, select(2, pcall(whole.join, whole)).kind) --> deadlock	deadlock

local lines = channel.new(math.huge)
local function ask(name, main, whole)
  lines:send(name .. " " .. table.concat({ main:wait(), whole:wait(), (main:join()) }, " ") .. " " .. #select(2, whole:join()))
  local index, status = channel.select({ main, whole })
  lines:send(name .. " select " .. status)
end
local work = {
  task.spawn(ask, "task", main, whole),
  thread.spawn(ask, "thread", main, whole),
  process.spawn(ask, "process", main, whole),
}
task.spawn(function()
  for _, h in ipairs(work) do h:join() end
  print(main:status(), whole:status(), (pcall(main.join, main))) --> done	done	true
  lines:close()
  local all = {}
  for line in lines do all[#all + 1] = line end
  table.sort(all)
  print(table.concat(all, "\n"))
  --> process done done 5 2
  --> process select done
  --> task done done 5 2
  --> task select done
  --> thread done done 5 2
  --> thread select done
end)
return 5, { 1, 2 }
