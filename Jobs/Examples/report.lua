-- Fails at its first attempt, as a server does that has just been started, and is tried again.
local words = require "words"

job "report" {
  every = "20s",
  retries = 3, backoff = "2s..1m",
  run = function(run)
    if run.attempt == 1 then return nil, "the numbers are not there yet" end
    print(words.title("report of run " .. run.id))
  end,
  on_failure = function(run)
    print(("%s has failed for good at attempt %d: %s"):format(run.name, run.attempt, run.error))
  end,
}
