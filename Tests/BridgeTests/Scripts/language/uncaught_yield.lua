-- A yield outside a coroutine is an uncaught error with stock Lua's message and traceback.
--! status 1
--! stderr: luaconc: attempt to yield from outside a coroutine
--! stderr: stack traceback:
--! stderr: [C]: in function 'coroutine.yield'
--! stderr: uncaught_yield.lua:9: in main chunk
--! stderr: [C]: in ?
print("before") --> before
coroutine.yield("nobody takes this")
print("after")
