-- Wrong arguments are errors at the caller, before anything has started.
local function try(fn, ...) print(select(2, pcall(fn, ...))) end
try(thread.map) --> bad argument #1 to 'map' (function expected, got no value)
try(thread.map, "f", {}) --> bad argument #1 to 'map' (function expected, got string)
try(thread.map, print) --> bad argument #2 to 'map' (table expected, got no value)
try(process.map, {}, print, 3) --> bad argument #3 to 'map' (table expected, got number)
try(thread.map, {chunk = 0}, print, {}) --> bad argument #1 to 'map' (option 'chunk': 1 or more expected, got 0)
try(thread.map, {workers = "2"}, print, {}) --> bad argument #1 to 'map' (option 'workers': number expected, got string)
try(thread.map, {progress = 1}, print, {}) --> bad argument #1 to 'map' (option 'progress': boolean expected, got number)
try(thread.map, {slaves = 1}, print, {})
--> bad argument #1 to 'map' (unknown option 'slaves' (known options: workers, chunk, progress))
try(thread.map, print, {1, nil, 3}) --> bad argument #2 to 'map' (the list has no item 2, but later ones)
try(thread.map, {}, print, {[1] = 1, [3] = 3}) --> bad argument #3 to 'map' (the list has no item 2, but later ones)
try(thread.pool, 0) --> bad argument #1 to 'pool' (1 or more expected, got 0)
try(thread.pool, "many") --> bad argument #1 to 'pool' (number expected, got string)
try(thread.pool, {init = 1}, 2) --> bad argument #1 to 'pool' (option 'init': function expected, got number)
try(thread.pool, {tasks_per_worker = 0}) --> bad argument #1 to 'pool' (option 'tasks_per_worker': 1 or more expected, got 0)
try(thread.pool, {daemon = true})
--> bad argument #1 to 'pool' (unknown option 'daemon' (known options: init, tasks_per_worker, name, grace, memory))
try(process.pool, {nice = 99}, 1) --> bad argument #1 to 'pool' (option 'nice': -20 to 19 expected, got 99)

local pool <close> = thread.pool(1)
try(pool.submit, pool) --> bad argument #2 to 'submit' (function expected, got no value)
try(pool.map, pool, print) --> bad argument #3 to 'map' (table expected, got no value)
try(pool.imap, pool, print, 3) --> bad argument #3 to 'imap' (table or iterator expected, got number)
try(pool.imap, pool, print, {1, nil, 3}) --> bad argument #2 to 'imap' (the list has no item 2, but later ones)
try(pool.submit, print) --> bad argument #1 to 'submit' (pool expected, got function)

-- The position is the caller's.
try(function() pool:submit(3) end) --> bad_arguments.lua:30: bad argument #1 to 'submit' (function expected, got number)
try(function() return (thread.map(print, {1, nil, 3})) end)
--> bad_arguments.lua:31: bad argument #2 to 'map' (the list has no item 2, but later ones)

-- What cannot be sent.
local co = coroutine.create(print)
local function holds() return co end
try(function() return (thread.map(holds, {1})) end)
--> bad_arguments.lua:37: cannot send value: upvalue 'co' is a coroutine
try(function() return (thread.map(math.type, {1, {conn = co}})) end)
--> bad_arguments.lua:39: cannot send value: items[2].conn is a coroutine
try(function() pool:submit(holds) end) --> bad_arguments.lua:41: cannot send value: upvalue 'co' is a coroutine
try(function() pool:submit(print, 1, {co}) end)
--> bad_arguments.lua:42: cannot send value: args[2][1] is a coroutine
try(function() pool:submit(function() return pool end) end)
--> bad_arguments.lua:44: cannot send value: upvalue 'pool' is a userdata (pool)
print(pool:submit(math.max, 3, 4):join()) --> 4

-- The length of a list may be anything, by its metamethod.
print(select(2, pcall(thread.map, print, setmetatable({}, {__len = function() return "3" end}))))
--> bad argument #2 to 'map' (the length of the list is no integer)
print(select(2, pcall(process.pool, {init = coroutine.wrap(print)}, 1))) --> cannot send value: init is a C function
print(select(2, pcall(thread.pool, {init = function() return pool end}, 1)))
--> cannot send value: upvalue 'pool' of init is a userdata (pool)

-- A call that cancels its worker is named as the item.
local _, e = pcall(thread.map, function(x) if x == 2 then thread.current():cancel("enough") end task.sleep(0) end, {1, 2})
print(e.kind, e.work, e.index, e.message) --> cancelled	item 2	2	enough
