-- The pages of the server: a function each, which gets the request and returns the text, or a table with more.

local pages = {}

function pages.index()
  return {type = "text/html", body = "<p>Hello! You are visitor " .. site.visits:increment("index") .. ".</p>\n"}
end

function pages.hello(request) return "hello " .. (request.query:match("name=(%w+)") or "world") .. "\n" end

function pages.echo(request) return request.method .. " " .. request.body end

--- Waits for two things at once, and holds up no other page.
function pages.slow()
  local first = task.spawn(function() sleep(0.1) return "one" end)
  local second = task.spawn(function() sleep(0.1) return "two" end)
  return first:join() .. " and " .. second:join() .. "\n"
end

-- What goes wrong goes wrong for its own visitor.
function pages.endless() while true do end end
function pages.greedy() local t = {} while true do t[#t + 1] = ("x"):rep(1000) .. #t end end
function pages.broken() error("no such luck") end

function answer(request)
  local page = pages[request.path == "/" and "index" or request.path:match("^/(%w+)$")]
  if not page then return {status = 404, body = "no such page\n"} end
  local reply = page(request)
  return type(reply) == "table" and reply or {body = reply}
end
