#!/usr/bin/env bash
# Lua 5.4.4 (Debian's lua5.4 5.4.4-3+deb12u1): `break` out of a generic `for` that has a closing value.
#
# Guess: the fourth value of the iterator is closed at the `break`, as the manual says (3.3.5).
# Seen:  so it is while no function captures a local variable of the loop. When one does, the value is closed at the end
#        of the enclosing function; and if new local variables take its place before, the script fails there with
#        "attempt to call a nil value". `goto` out of the loop closes it in time.
set -euo pipefail
version=5.4.4-3+deb12u1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get download -qq "lua5.4=$version" >/dev/null 2>&1
dpkg -x lua5.4_*.deb .

# What a loop with that body prints, and what follows it.
try() {
    cat >loop.lua <<LUA
local function count()
  local closing = setmetatable({}, {__close = function() io.write("closed ") end})
  return function(_, i) return (i or 0) + 1 end, nil, nil, closing
end
local kept = {}
for i in count() do $1 end
::out::
$2
io.write("behind ")
LUA
    { usr/bin/lua5.4 loop.lua 2>&1 || true; } | head -1
}
keep='kept[#kept + 1] = function() return i end'
plain=$(try 'if i == 2 then break end' '')
captured=$(try "$keep if i == 2 then break end" '')
taken=$(try "$keep if i == 2 then break end" 'local x, y, z = 1, 2, 3')
jump=$(try "$keep if i == 2 then goto out end" '')
usr/bin/lua5.4 -v
printf '%-22s%s\n' 'break:' "$plain" 'captured, break:' "$captured" 'and new locals:' "$taken" 'captured, goto:' "$jump"
[[ $plain == "closed behind "* && $captured == "behind closed "* && $jump == "closed behind "* ]]
[[ $taken == *"attempt to call a nil value"* ]]
echo "as seen"
