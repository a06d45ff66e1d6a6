-- In the target _ENV is the target's own: as the environment of the function, as a value, and by its upvalue's value.
local function own() return _ENV == _G, _ENV._G == _G, print ~= nil end
print(thread.spawn(own):join()) --> true	true	true

local env = _ENV
print(thread.spawn(function() return env == _G, env.tostring(7) end):join()) --> true	7

-- A global that is set in the thread is that thread's, for all of its functions.
local function set() colour = "red" end
local function get() return colour, _G.colour, _ENV.colour end
print(thread.spawn(function(s, g) s() return g() end, set, get):join()) --> red	red	red
print(colour, rawget(_G, "colour")) --> nil	nil

-- A function with an environment of its own brings a copy of that.
local f = load("n = n + 1 return greeting .. tostring(n)", "=chunk", "t", { greeting = "hello ", tostring = tostring, n = 1 })
print(f()) --> hello 2
print(thread.spawn(f):join()) --> hello 3
print(f()) --> hello 3

-- A local named _ENV.
local function with_local()
  local _ENV = { x = 5 }
  return function() x = x + 1 return x end
end
local g = with_local()
print(thread.spawn(g):join(), g()) --> 6	6

-- A function whose names were stripped still finds its globals.
local stripped = load(string.dump(function(x) return tostring(x) .. "!" end, true))
print(thread.spawn(stripped, 5):join()) --> 5!
