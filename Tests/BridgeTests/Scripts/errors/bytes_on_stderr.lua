-- A report holds the bytes that the script raised, and a name between them.
--! status 1
--! stderr: thread 'dum': a caf
thread.spawn({ name = "dum" }, function() error("a caf\xe9", 0) end)
