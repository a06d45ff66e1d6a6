-- Succeeds, fails, dies or takes too long, by chance: whatever it does, no other job notices.
job "flaky" {
  every = "5s",
  timeout = "3s",
  run = function()
    local chance = math.random(4)
    if chance == 1 then error("no luck") end
    if chance == 2 then process.run("kill", "-9", tostring(process.pid())) end
    if chance == 3 then sleep(60) end
    print("done")
  end,
}
