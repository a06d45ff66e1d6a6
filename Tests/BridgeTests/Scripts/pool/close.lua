--! args: --simulate 1d
-- `close` waits for the calls, ends the workers, and takes no more.
for _, kind in ipairs {thread, process} do
  local pool = kind.pool(2)
  print(pool)
  local calls = {}
  for i = 1, 5 do calls[i] = pool:submit(function(i) sleep(0.01) return i end, i) end
  pool:close()
  print(calls[5]:status(), #kind.list(), pool)
  print(pcall(pool.submit, pool, print))
  print(pcall(pool.map, pool, print, {1}))
  print(pcall(pool.imap, pool, print, {1}))
  pool:close()

  -- So does the end of its block; left by an error, its work is cancelled.
  do
    local pool <close> = kind.pool(1)
    pool:submit(function() sleep(0.01) end)
  end
  print(#kind.list())
  local ended = channel.new()
  local calls = {}
  print(pcall(function()
    local pool <close> = kind.pool(1)
    for i = 1, 3 do
      calls[i] = pool:submit(function(i)
        local mark <close> = setmetatable({}, {__close = function(_, e) ended:send(e.kind) end})
        ended:send(i)
        sleep(1000)
      end, i)
    end
    ended:recv()
    error("leaving", 0)
  end))
  print(ended:recv(), ended:recv(0))
  print(calls[1]:wait(), calls[2]:wait(), calls[3]:wait(), #kind.list(), #task.list())
end
--> pool: 2 threads
--> done	0	pool: closed
--> false	pool is closed
--> false	pool is closed
--> false	pool is closed
--> 0
--> false	leaving
--> cancelled	nil	timeout
--> cancelled	cancelled	cancelled	0	1
--> pool: 2 processes
--> done	0	pool: closed
--> false	pool is closed
--> false	pool is closed
--> false	pool is closed
--> 0
--> false	leaving
--> cancelled	nil	timeout
--> cancelled	cancelled	cancelled	0	1

-- A pool that nobody has any more ends its workers. What was submitted is done first.
local done = channel.new()
do
  local h = thread.pool(1):submit(function() sleep(0.02) done:send("done") end)
end
collectgarbage()
print(done:recv()) --> done
repeat
  collectgarbage()
  sleep(0.001)
until #thread.list() == 0

-- The program waits for what was submitted, not for idle workers.
local pool = thread.pool(1)
pool:submit(function() sleep(0.02) print("the end") end) --> the end
