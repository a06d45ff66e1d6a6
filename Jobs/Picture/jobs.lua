-- What the picture of the README shows. It takes five minutes to make:
--   cp -r Jobs/Picture /tmp && timeout -s INT 300 luaconc-jobs run /tmp/Picture
--   luaconc-jobs report docs/jobs.svg --dir /tmp/Picture
local function work(least, most)
  return function() sleep(least + math.random() * (most - least)) end
end

-- A chain: each follows the one before.
job "fetch" {every = "25s", run = work(3, 7)}
job "convert" {after = "fetch", run = work(2, 8)}
job "publish" {after = "convert", run = work(1, 2)}

-- Takes longer than the time between two runs: they run beside each other, or are left out.
job "mirror" {every = "12s", overlap = "allow", run = work(10, 34)}
job "backup" {every = "40s", run = work(30, 50)}
job "index" {every = "30s", overlap = "queue", run = work(20, 42)}

-- Not all goes well.
job "report" {
  every = "45s", retries = 2, backoff = "5s",
  run = function()
    sleep(3)
    if math.random(2) == 1 then error("no connection", 0) end
  end,
}
job "flaky" {
  every = "15s", timeout = "8s",
  run = function() sleep(math.random(3) == 1 and 60 or 4) end,
}
