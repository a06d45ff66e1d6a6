-- One after the other: each begins when the one before has succeeded.
job "fetch" {
  every = "10s",
  run = function() assert(process.run("sh", "-c", "date +%s >fetched")) end,
}

job "convert" {
  after = "fetch",
  run = function()
    local file <close> = assert(io.open("fetched"))
    local seconds = file:read("n")
    local out <close> = assert(io.open("converted", "w"))
    out:write(os.date("!%F %T", seconds), "\n")
  end,
}

job "publish" {
  after = "convert",
  command = {"cat", "converted"},
}
