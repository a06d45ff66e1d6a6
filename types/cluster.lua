---@meta

---The same work on many machines, over NATS JetStream.
---@class luaconc.cluster
local cluster = {}

---@class luaconc.ClusterServer
---@field url string `nats://host:4222`; several with commas between them.
---@field queue string The name of the queue: letters, digits, `-` and `_`.
---@field user? string
---@field password? string
---@field creds? string The file of a user's credentials.
---@field ca? string The file of the certificates that vouch for the servers.
---@field insecure? boolean Another machine may do without authentication and encryption.
---@field replicas? integer On how many servers the queue is kept. Default: 1.
---@field capacity? integer The most jobs that wait. Default: 1000000.

---@class luaconc.ClusterOptions: luaconc.ClusterServer
---@field scripts? string The folder of the scripts. Default: the current one.

---@class luaconc.ServeOptions: luaconc.ClusterServer
---@field scripts string The folder of the scripts.
---@field workers? integer How many jobs run at a time. Default: the number of cores.
---@field kind? "process" | "thread" What a job runs in. Default: `"process"`.
---@field grace? number Seconds that running jobs have to finish at the end. Default: 10.
---@field lease? number Seconds after which a worker that is not heard of has lost its jobs. Default: 30.

---@class luaconc.JobOptions
---@field name? string Default: that of the function.
---@field id? string The same one twice is one job.
---@field timeout? number Seconds that an attempt may take.
---@field retries? integer How often it is tried again. Default: 3.
---@field backoff? number Seconds before the second attempt; twice as long before each further one. Default: 1.
---@field delay? number Seconds before the first attempt.
---@field group? luaconc.Group The group that the handle belongs to.
---@field detach? boolean Nobody waits for the job: the result is its id.

---@class luaconc.ClusterMapOptions
---@field name? string
---@field timeout? number
---@field retries? integer
---@field backoff? number
---@field progress? boolean Counts on standard error.
---@field ahead? integer How many jobs are queued at a time. Default: 1000.

---@class luaconc.ClusterWorker
---@field id string
---@field machine string
---@field pid integer
---@field kind "process" | "thread"
---@field places integer How many jobs it does at a time.
---@field running integer
---@field done integer
---@field failed integer
---@field heard number Seconds since it was heard of.

---@class luaconc.DeadJob
---@field id string
---@field name string
---@field script string
---@field function string
---@field kind string
---@field message string
---@field traceback string?
---@field machine string
---@field attempts integer

---Connects to a queue.
---@param options luaconc.ClusterOptions
---@return luaconc.Cluster
function cluster.open(options) end

---Serves the jobs of a queue until the program ends.
---@param options luaconc.ServeOptions
function cluster.serve(options) end

---A queue of jobs.
---@class luaconc.Cluster
local Cluster = {}

---Queues a job, and returns its handle when it is stored.
---@param options luaconc.JobOptions
---@param script string
---@param fn string The name of a global function of the script.
---@param ... any Plain data.
---@return luaconc.Task
---@overload fun(self: luaconc.Cluster, script: string, fn: string, ...: any): luaconc.Task
function Cluster:spawn(options, script, fn, ...) end

---Calls the function for each item of a list; the results.
---@param options luaconc.ClusterMapOptions
---@param script string
---@param fn string
---@param list any[]
---@return any[]
---@overload fun(self: luaconc.Cluster, script: string, fn: string, list: any[]): any[]
function Cluster:map(options, script, fn, list) end

---The workers that were heard of lately; with a time, those that answer within it.
---@param timeout? number
---@return luaconc.ClusterWorker[]
function Cluster:workers(timeout) end

---How many jobs wait, and how many workers have in hand or wait for another attempt.
---@return integer waiting
---@return integer held
function Cluster:queued() end

---The jobs that failed for good, the oldest first.
---@param limit? integer Default: 1000.
---@return luaconc.DeadJob[]
function Cluster:dead(limit) end

---Queues a job that failed for good once more.
---@param id string
---@return boolean found
function Cluster:retry(id) end

---Opens a channel between machines.
---@param name string
---@param options? luaconc.ClusterChannelOptions
---@return luaconc.ClusterChannel
function Cluster:channel(name, options) end

---Closes the connection.
function Cluster:close() end

---@class luaconc.ClusterChannelOptions
---@field capacity? number How many messages it holds: 1 or more, default 1024; `math.huge` has no bound.

---A channel between machines.
---@class luaconc.ClusterChannel
---@operator len: integer
---@overload fun(): any
local ClusterChannel = {}

---Sends plain data; waits while there is no room. Raises an error of kind `closed` on a closed channel.
---@param value any
---@param timeout? number
---@return true? sent
---@return "timeout"?
function ClusterChannel:send(value, timeout) end

---The next message; waits for one. Nil and `"closed"` once it is closed and empty.
---@param timeout? number
---@return any
---@return ("timeout" | "closed")?
function ClusterChannel:recv(timeout) end

---Closes it for all machines.
function ClusterChannel:close() end

---@return boolean
function ClusterChannel:closed() end

---@return number
function ClusterChannel:capacity() end

return cluster
