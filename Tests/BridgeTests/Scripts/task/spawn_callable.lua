-- What has __call is spawned like a function: it gets itself and the arguments, nothing else.
local object = setmetatable({ name = "object" }, {
  __call = function(self, ...)
    print(self.name, select("#", ...), ...)
    return ...
  end,
})
print(select("#", task.spawn(object):join()))
--> object	0
--> 0
print(task.spawn(object, 1, "two"):join())
--> object	2	1	two
--> 1	two
print(task.spawn({ name = "named" }, object, 3):join())
--> object	1	3
--> 3
local group = task.group()
print(group:task(object, nil):join())
--> object	1	nil
--> nil
print(task.timeout(10, object, 4))
--> object	1	4
--> 4
timer.after(0, object, 5):join()
--> object	1	5
