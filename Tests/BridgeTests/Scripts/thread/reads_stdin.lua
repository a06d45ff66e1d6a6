-- Standard input can be read from the main chunk and from a thread, one after the other.
--! stdin: first line
--! stdin: second line
--! stdin: 42 rest
print(io.read()) --> first line
print(thread.spawn(function() return io.read("l") end):join()) --> second line
print(io.read("n", "l")) --> 42	 rest
print(thread.spawn(function() return (io.read()) end):join()) --> nil
