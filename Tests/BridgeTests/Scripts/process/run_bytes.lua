-- Output of any size, byte for byte, while the program reads as much input.
local all = {}
for i = 0, 255 do all[i + 1] = string.char(i) end
local block = table.concat(all):rep(4096)
local input = block:rep(32)
local r = process.run{"cat", stdin = input}
print(#r.stdout, r.stdout == input, r.ok) --> 33554432	true	true

r = process.run("head", "-c", "100M", "/dev/zero")
print(#r.stdout, r.stdout:find("[^\0]")) --> 104857600	nil

-- A program may stop reading whenever it likes.
r = process.run{"head", "-c", "3", stdin = input}
print(#r.stdout, r.ok) --> 3	true
print(process.run{"true", stdin = input}.ok) --> true
print(process.run{"cat", stdin = ""}.stdout == "") --> true

-- Without stdin there is nothing to be read.
print(process.run("cat").stdout == "") --> true
