--! module
return { base = function() return "base" end }
