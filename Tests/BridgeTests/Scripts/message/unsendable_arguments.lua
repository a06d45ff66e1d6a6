-- What cannot be sent is an error that names the path to it, before anything is sent.
local function never() error("must not run") end
local function refusal(...)
  local ok, e = pcall(thread.spawn, ...)
  return ok and "accepted" or tostring(e):match("cannot send value: [^\n]*") or e
end
local co = coroutine.create(print)

print(refusal(never, co)) --> cannot send value: args[1] is a coroutine
print(refusal(never, 1, nil, co)) --> cannot send value: args[3] is a coroutine
print(refusal({ name = "dum" }, never, 1, co)) --> cannot send value: args[2] is a coroutine
print(refusal(never, { items = { 1, 2, { conn = co } } })) --> cannot send value: args[1].items[3].conn is a coroutine
print(refusal(never, {}, { [10] = { a = { b = { co } } } })) --> cannot send value: args[2][10].a.b[1] is a coroutine

-- File handles, and C functions that are no member of a module.
local function starts(text, ...) return refusal(...):sub(1, #text) == text end
print(starts("cannot send value: args[1] is a", never, io.stdout)) --> true
print(starts("cannot send value: args[2].log is a", never, 1, { log = io.stderr })) --> true
print(starts("cannot send value: args[1].next is a", never, { next = string.gmatch("a", "a") })) --> true

-- In a key, in a metatable and in an upvalue, too: the kind is named and a way to it.
local function has(text, ...) return refusal(...):find(text, 1, true) ~= nil end
local link = co
local function linked() return link end
print(has("is a coroutine", never, { [co] = 1 })) --> true
print(has("is a coroutine", never, setmetatable({}, { hidden = co })), has("hidden", never, setmetatable({}, { hidden = co }))) --> true	true
print(has("is a coroutine", never, linked), has("link", never, linked)) --> true	true
print(has("is a coroutine", linked), has("link", linked), has("args[1].f", never, { f = linked })) --> true	true	true

-- A task stays in its state: it may be given anything.
print(task.spawn(function(c) return c == co end, co):join()) --> true
