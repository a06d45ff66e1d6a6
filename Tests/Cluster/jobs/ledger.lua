-- Jobs that write into a file when they begin and end, and which worker they belong to.
local function note(file, ...)
  local ledger <close> = assert(io.open(file, "a"))
  ledger:write(table.concat({...}, " "), "\n")
end

function work(file, number, seconds)
  local worker = os.getenv "PROOF_WORKER"
  note(file, "begin", number, worker)
  sleep(seconds)
  note(file, "end", number, worker)
  return number
end

-- The same, but it computes.
function compute(file, number, seconds)
  local worker = os.getenv "PROOF_WORKER"
  note(file, "begin", number, worker)
  local start = timer.now()
  while timer.now() - start < seconds do end
  note(file, "end", number, worker)
  return number
end

-- Kills the worker in one of whose threads it runs.
function poison(file, number)
  note(file, "begin", number, os.getenv "PROOF_WORKER")
  os.execute("kill -9 " .. process.pid() .. " 2>/dev/null")
  sleep(1000)
end
