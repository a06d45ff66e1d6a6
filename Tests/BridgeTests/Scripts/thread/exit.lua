--! args: --simulate 1d
-- thread.exit ends the thread with these results: through functions, pcall and xpcall, and <close> variables are closed.
local function guard(name)
  return setmetatable({}, {__close = function() print("close " .. name) end})
end
print(thread.spawn(function() thread.exit(1, nil, 3) end):join()) --> 1	nil	3
print(select("#", thread.spawn(function() thread.exit() return "never" end):join())) --> 0
print(thread.spawn(function()
  local a <close> = guard("a")
  pcall(function()
    local b <close> = guard("b")
    xpcall(function()
      local c <close> = guard("c")
      pcall(pcall, thread.exit, "through", "pcalls")
      print("never")
    end, function(m) return m end)
    print("never")
  end)
  print("never")
end):join())
--> close c
--> close b
--> close a
--> through	pcalls

-- The results are copied as any, and the status is that of a thread that returned.
local ended = thread.spawn(function() thread.exit({list = {1, 2}}) end)
print(ended:join().list[2], ended:status(), ended:wait()) --> 2	done	done
-- A close handler that waits runs to its end.
print(thread.spawn(function()
  local slow <close> = setmetatable({}, {__close = function() sleep(0.002) print("slept") end})
  thread.exit("after sleeping")
end):join())
--> slept
--> after sleeping
