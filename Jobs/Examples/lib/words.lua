-- A module of the jobs: files in lib are no jobs themselves.
local words = {}

function words.title(text)
  return (text:gsub("^%l", string.upper))
end

return words
