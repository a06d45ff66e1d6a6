-- A report is one page: its code, then the events, all in it. It is whole after a crash as well.
local tracefile = require "tracefile"
local path = os.tmpname()
local function events(isCut)
  local f <close> = assert(io.open(path, "rb"))
  local text = f:read "a"
  local page, list = text:match '^(<!doctype html>.*<script type="application/json" id="events">)(.*)$'
  assert(not page:find "https?://" and not page:find "src=", "the page loads something")
  -- Whatever a script is called or says cannot end the element.
  if isCut then
    assert(not list:find "<")
    list = list .. "]"
  else
    list = list:match "^([^<]*)</script>%s*</body></html>%s*$"
  end
  local plain, stacks = {}, {}
  for _, e in ipairs(tracefile.json(list)) do
    if e.ph == "stack" then stacks[#stacks + 1] = e else plain[#plain + 1] = e end
  end
  tracefile.check(plain, isCut)
  return plain, stacks
end
local result = process.run(arg[-1], "--report", path, "-e", [[
  local h = task.spawn({name = "</script><b>"}, function() error "</script>" end)
  pcall(h.join, h)
  local began = os.clock()
  repeat until os.clock() - began > 0.1
]])
print(result.code) --> 0
local plain, stacks = events()
local fails, time = 0, 0
for _, e in ipairs(plain) do if e.cat == "error" and e.name == "task '</script><b>'" then fails = fails + 1 end end
for _, e in ipairs(stacks) do time = time + e.ms end
print(fails, time >= 50) --> 1	true
local p = process.popen{arg[-1], "--report", path, "-e", [[
  for i = 1, math.huge do
    task.spawn(function() end):join()
    if i % 1000 == 0 then print "more" end
  end
]]}
local function size() local f <close> = io.open(path, "rb") return f:seek "end" end
repeat p:read() until size() > 200000
p:kill "KILL"
p:wait()
print(#events(true) > 100) --> true
os.remove(path)
