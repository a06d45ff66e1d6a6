-- An uncaught error value without __tostring is told as lua5.4 tells it.
--! status 1
--! stderr: (error object is a table value)

print("before") --> before
error({})
