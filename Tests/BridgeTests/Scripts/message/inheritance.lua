-- A chain of classes arrives whole: methods, overridden ones, those of the base, and the constructors.
local Animal = {}
Animal.__index = Animal
function Animal.new(name, class) return setmetatable({ name = name }, class or Animal) end
function Animal:speak() return self.name .. " makes " .. self:sound() end
function Animal:sound() return "a noise" end

local Dog = setmetatable({}, { __index = Animal })
Dog.__index = Dog
Dog.__tostring = function(self) return "dog " .. self.name end
function Dog.new(name) return Animal.new(name, Dog) end
function Dog:sound() return "woof" end

local Puppy = setmetatable({}, { __index = Dog })
Puppy.__index = Puppy
Puppy.__tostring = Dog.__tostring
function Puppy.new(name) return Animal.new(name, Puppy) end
function Puppy:sound() return Dog.sound(self):upper() .. "!" end

local function check(animal, dog, puppy)
  print(animal:speak(), dog:speak(), puppy:speak())
  print(tostring(dog), tostring(puppy), rawget(puppy, "speak"))
  print(getmetatable(getmetatable(puppy)).__index == getmetatable(dog))
end

thread.spawn(check, Animal.new("it"), Dog.new("Rex"), Puppy.new("Pip")):join()
--> it makes a noise	Rex makes woof	Pip makes WOOF!
--> dog Rex	dog Pip	nil
--> true

-- A class that is an upvalue: what the thread constructs is of the class of what it was given.
local dog = Dog.new("Rex")
print(thread.spawn(function(d)
  local e = Dog.new("Rob")
  return e:speak(), getmetatable(d) == Dog, getmetatable(e) == getmetatable(d)
end, dog):join()) --> Rob makes woof	true	true
check(thread.spawn(function() return Animal.new("it"), Dog.new("Rex"), Puppy.new("Pip") end):join())
--> it makes a noise	Rex makes woof	Pip makes WOOF!
--> dog Rex	dog Pip	nil
--> true
