-- Many tasks and many threads may join one handle: all get the same answer.
local function outcome(h)
  local ok, a, b = pcall(h.join, h)
  if ok then return "got " .. a .. " " .. b.x end
  return a.kind .. " " .. a.message
end

local function crowd(work)
  local h = thread.spawn(work)
  local joiners = {}
  for _ = 1, 5 do joiners[#joiners + 1] = task.spawn(outcome, h) end
  for _ = 1, 5 do joiners[#joiners + 1] = thread.spawn(outcome, h) end
  task.spawn(function() h:send("go") end) -- runs when the five tasks wait
  local answers, kinds = {}, 0
  for _, j in ipairs(joiners) do
    local answer = j:join()
    if not answers[answer] then answers[answer], kinds = 0, kinds + 1 end
    answers[answer] = answers[answer] + 1
  end
  for answer, n in pairs(answers) do print(kinds, n, answer) end
end

crowd(function() thread.inbox:recv() return "result", { x = 1 } end) --> 1	10	got result 1
crowd(function() thread.inbox:recv() error("boom", 0) end) --> 1	10	error boom

-- Many tasks on one task.
local gate = channel.new()
local t = task.spawn(function() return gate:recv(), { x = 2 } end)
local joiners = {}
for i = 1, 10 do joiners[i] = task.spawn(outcome, t) end
gate:send("task")
for i = 1, 10 do assert(joiners[i]:join() == "got task 2") end
print("all ten") --> all ten
