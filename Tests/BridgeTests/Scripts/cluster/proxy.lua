--! module
-- Passes on what comes to a port, which it tells, to the one that is named, and back.
local socket = require "socket"
local listener = assert(socket.bind("127.0.0.1", 0))
listener:settimeout(0)
print((select(2, listener:getsockname())))
io.stdout:flush()
local other = {} -- of each connection
local function cut()
  for connection in pairs(other) do connection:close() end
  other = {}
end
process.on_signal("USR1", cut)
while true do
  sleep(0)
  local all = {listener}
  for connection in pairs(other) do all[#all + 1] = connection end
  for _, ready in ipairs((socket.select(all, nil, 0.01))) do
    if ready == listener then
      local one, two = listener:accept(), socket.connect("127.0.0.1", arg[1])
      if one and two then other[one], other[two] = two, one elseif one then one:close() end
    elseif other[ready] then
      ready:settimeout(0)
      local data, problem, part = ready:receive(65536)
      data = data or part
      if #data > 0 then
        other[ready]:settimeout(10)
        other[ready]:send(data)
      end
      if problem == "closed" then
        local two = other[ready]
        other[ready], other[two] = nil, nil
        ready:close()
        two:close()
      end
    end
  end
end
