--! module
-- Whether histories of calls have an order that a sequential model explains: each call takes effect at one moment between
-- its begin and its end. For such an order is searched (Wing and Gong).

--- `histories`: for each thread its calls in order, with `begin` and `finish`. `model`: the state at first; `try(call)`
--- carries a call out and returns a function that takes it back, or nothing if the result would be another one; `state()`
--- is a text that tells states apart.
return function(histories, model)
  local places, failed = {}, {}
  for i = 1, #histories do places[i] = 1 end
  local function search()
    local earliest, isDone = math.huge, true
    for i, history in ipairs(histories) do
      local call = history[places[i]]
      if call then
        isDone = false
        earliest = math.min(earliest, call.finish)
      end
    end
    if isDone then return true end
    local known = table.concat(places, ",") .. "|" .. model.state()
    if failed[known] then return false end
    for i, history in ipairs(histories) do
      local call = history[places[i]]
      -- A call that began after another has ended comes after it.
      if call and call.begin <= earliest then
        local undo = model.try(call)
        if undo then
          places[i] = places[i] + 1
          if search() then return true end
          places[i] = places[i] - 1
          undo()
        end
      end
    end
    failed[known] = true
    return false
  end
  return search()
end
