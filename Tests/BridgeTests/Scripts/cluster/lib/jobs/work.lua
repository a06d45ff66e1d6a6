--! module
-- Jobs of the tests.
function give(...) return ... end
function nothing() end
function boom(text) error(text) end
function object() error {code = 7} end
function function_result() return print end
function rest(seconds) sleep(seconds) return "rested" end
function leave(code) os.exit(code) end
function large(n) return ("x"):rep(n) end
function double(n) return 2 * n end
function third(n) if n == 3 then error "no threes" end return n end

-- Appends a line to a file, then rests.
function note(name, line, seconds)
  local file <close> = assert(io.open(name, "a"))
  file:write(line, "\n")
  file:flush()
  if seconds then sleep(seconds) end
  return line
end

-- Returns true when so many have come.
function meet(name, count)
  note(name, "here")
  local start = timer.now()
  while timer.now() - start < 30 do
    local lines = 0
    for _ in io.lines(name) do lines = lines + 1 end
    if lines >= count then return true end
    sleep(0.01)
  end
  error "nobody comes"
end

function note_and_fail(name)
  note(name, "try")
  error "no"
end

-- Kills the worker in one of whose threads it runs.
function poison(name)
  note(name, "begun")
  os.execute("kill -9 " .. process.pid())
  sleep(1000)
end
