-- Without nats.c an error names the package; so it does when the library lacks something. The functions that are used have
-- the types of the library's header.
package.path = "lib/?.lua;" .. package.path
local servers = require "servers"
local luaconc, folder = arg[-1], servers.folder()
local function try(...)
  local result = process.run{luaconc, "-e", [[print(select(2, pcall(require "cluster".open, {url = "nats://h", queue = "q"})).message)]],
    env = {LD_LIBRARY_PATH = folder}}
  io.write(result.stdout, result.stderr)
end
for _, name in ipairs {"libnats.so.3.4", "libnats.so.3.8", "libnats.so.3.9", "libnats.so.3", "libnats.so"} do
  local file <close> = assert(io.open(folder .. "/" .. name, "w"))
end
try() --> cluster: cluster needs the library nats.c, which is in the package libnats3.4: apt-get install libnats3.4

local function compile(...)
  local result = process.run("gcc", ...)
  io.write(result.stderr)
end
local function write(name, text)
  local file <close> = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
end
write("empty.c", "int nothing;")
compile("-shared", "-o", folder .. "/libnats.so.3.4", folder .. "/empty.c")
try() --> cluster: the library nats.c has no function nats_Open: 3.4 or later is needed

-- Each function is declared twice, by the header and by our list: the compiler compares.
write("types.c", [[
#include <nats/nats.h>
#define NATS_STATUS natsStatus
#include "functions.h"
#define SAME(result, name, parameters) _Static_assert(__builtin_types_compatible_p(result parameters, __typeof__(name)), #name);
NATS_FUNCTIONS(SAME)
_Static_assert(sizeof(natsStatus) == sizeof(unsigned) && NATS_OK == 0 && NATS_NO_RESPONDERS == 34, "status");
]])
compile("-Wall", "-Werror", "-fsyntax-only", "-I../../../../Sources/CNats", folder .. "/types.c")
os.execute("rm -rf " .. folder)
