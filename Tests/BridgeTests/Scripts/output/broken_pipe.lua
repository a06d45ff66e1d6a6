-- A program whose reader goes away ends quietly: nothing on stderr, no hang.
local ways = {
  function() for i = 1, 1000000 do print(i) end end,
  function() for i = 1, 1000000 do io.write(i, "\n") end end,
  function() for _ = 1, 4 do thread.spawn(function() for i = 1, 1000000 do print(1) end end) end end,
}
if arg[1] then ways[tonumber(arg[1])]() return end
local errors = os.tmpname()
for i = 1, #ways do
  local child = io.popen(('"%s" "%s" %d 2>"%s" | head -n 1'):format(arg[-1], arg[0], i, errors))
  local output = child:read("a")
  child:close()
  print(output == "1\n", io.open(errors):read("a"))
end
--> true
--> true
--> true
os.remove(errors)
