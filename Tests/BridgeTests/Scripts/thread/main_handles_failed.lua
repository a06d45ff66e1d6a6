-- The main chunk has failed: so do its handles, for handlers of what ends then.
--! status 1
--! stderr: main_handles_failed.lua:15: boom
--! stderr: stack traceback:
local whole = thread.current()
local ready = channel.new()
thread.spawn(function()
  local closing <close> = setmetatable({}, { __close = function()
    local ok, e = pcall(whole.join, whole)
    print(whole:wait(), ok, e.message, e.origin) --> failed	false	main_handles_failed.lua:15: boom	main
  end })
  ready:send(true)
  sleep(100)
end)
ready:recv() error("boom")
