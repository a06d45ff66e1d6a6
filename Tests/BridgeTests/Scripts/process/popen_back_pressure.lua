-- A program that is not read stands still; what is written waits until it reads.
local p = process.popen{"sh", "-c", "i=0; while :; do echo $i; i=$((i+1)); done"}
local n = 0
for line in p:lines() do
  assert(tonumber(line) == n)
  n = n + 1
  if n == 30000 then break end
end
p:kill()

-- One task writes much, another reads it.
p = process.popen{"cat"}
local text = ("0123456789abcdef"):rep(1 << 17)
local writer = task.spawn(function()
  for _ = 1, 4 do assert(p:write(text)) end
  p:close_stdin()
end)
local size = 0
while true do
  local part = p:read(99991)
  if not part then break end
  size = size + #part
end
writer:join()
print(size == 4 * #text, p:wait().ok) --> true	true

-- Who no longer reads is told as an error; and a closed pipe is the caller's mistake.
p = process.popen{"true"}
p:wait()
local ok, message, code
repeat ok, message, code = p:write(text) until not ok
print(ok, message, code) --> nil	Broken pipe	32
p = process.popen{"cat", stderr = "pipe"}
p:close_stdin()
print(pcall(p.write, p, "x")) --> false	attempt to use a closed pipe
print(p.stderr:read("a") == "", p.stdin, p.stdout ~= nil) --> true	pipe: closed	true
p = process.popen{"true", stdin = "null", stdout = "null"}
print(pcall(p.read, p)) --> false	the output of 'true' is no pipe
