-- os.exit ends the children, with their grace, and theirs.
--! status 7
local ready = process.spawn({stdout = "pipe"}, function()
  process.spawn(function()
    local x <close> = setmetatable({}, {__close = function() print("grandchild closes") end})
    print("grandchild runs")
    sleep(100)
  end):join()
end)
print(ready.stdout:read()) --> grandchild runs
local x <close> = setmetatable({}, {__close = function() print(ready.stdout:read("a")) end})
os.exit(7)
--> grandchild closes
--> 
