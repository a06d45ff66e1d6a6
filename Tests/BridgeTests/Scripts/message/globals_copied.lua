-- Globals that travel are copies: of the moment when the function is sent, and independent from then on.
n, list = 1, { "a" }
local h = thread.spawn(function()
  thread.inbox:recv()
  n = n + 100
  list[#list + 1] = "there"
  added = "in the thread"
  return n, table.concat(list, " ")
end)
n = 2
list[1] = "b"
h:send("go")
print(h:join()) --> 101	a there
print(n, table.concat(list, " "), added) --> 2	b	nil

-- What two globals share they share there too.
shared_table = { x = 1 }
alias = shared_table
print(thread.spawn(function() return alias == shared_table end):join()) --> true

-- A global that is set in the thread does not come back.
print(thread.spawn(function() written = 5 return written end):join(), written) --> 5	nil

-- A thread that the thread spawns gets them from it.
print(thread.spawn(function()
  n = n + 1
  return (thread.spawn(function() return n end):join())
end):join(), n) --> 3	2
