-- A worker of a cluster: does the jobs of a queue, with the scripts of a folder.
--
--   luaconc scripts/worker.lua URL QUEUE [SCRIPTS [WORKERS]]
--
-- URL is that of a NATS server with JetStream, such as nats://127.0.0.1:4222 (Debian: apt install nats-server libnats3.4;
-- nats-server -js). SCRIPTS is the folder of the scripts that jobs name, default: the folder of this one. WORKERS is how many
-- jobs run at a time, default: the number of cores. Ctrl-C lets the running jobs finish and leaves the others to other
-- workers. The variables NATS_USER, NATS_PASSWORD and NATS_CA say who connects, and whom to believe.
--
-- scripts/cluster.lua sends it work.

local url, queue, scripts, workers = table.unpack(arg)
if not queue or arg[5] or workers and not math.tointeger(workers) then
  io.stderr:write("usage: luaconc worker.lua URL QUEUE [SCRIPTS [WORKERS]]\n")
  os.exit(2)
end

require "cluster".serve {
  url = url, queue = queue, scripts = scripts or arg[0]:match("^(.*)/") or ".",
  workers = math.tointeger(workers) or thread.cores(),
  user = os.getenv("NATS_USER"), password = os.getenv("NATS_PASSWORD"), ca = os.getenv("NATS_CA"),
}
