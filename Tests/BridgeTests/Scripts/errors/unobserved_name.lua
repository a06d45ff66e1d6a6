-- The report of an unobserved error names the thread first, as tostring of the error does.
--! status 1
--! stderr: thread 'dum': unobserved_name.lua:6: boom

thread.spawn({ name = "dum" }, function()
  error("boom")
end)
print("the main chunk") --> the main chunk
