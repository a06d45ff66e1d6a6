-- Local time is that of the C library, whatever TZ says: os.date shows the hour of the pattern.
local luaconc = os.getenv("LUACONC_BINARY") or arg[-1]
local script = [[
  for _, from in ipairs{1767225600, 1783000000, 4000000000, 12345678901} do
    for _, time in ipairs(sched.next("30 4 * * *", 40, {from = from})) do
      assert(os.date("%H:%M:%S", time) == "04:30:00", os.date("%c", time))
    end
    for _, time in ipairs(sched.next("7 * * * *", 1000, {from = from})) do assert(os.date("%M:%S", time) == "07:00") end
  end
  io.write("ok ")
]]
local function try(zone, folder)
  local env = {TZ = zone, TZDIR = folder, LC_ALL = "C"}
  local result = process.run({env = env}, luaconc, "-e", script)
  io.write(result.ok and result.stdout or zone .. ": " .. result.stderr)
end
for _, zone in ipairs {
  "Europe/Berlin", ":America/New_York", "Asia/Kathmandu", "Pacific/Chatham", "Africa/Casablanca", "Asia/Gaza",
  "/usr/share/zoneinfo/Asia/Tehran", ":/usr/share/zoneinfo/Australia/Lord_Howe", "", ":", "UTC", "Nowhere/City", "nonsense",
  "CET-1CEST,M3.5.0,M10.5.0/3", "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "EST5EDT", "AAA-3:15", "AAA0BBB,J100/1,J200/1",
} do
  try(zone)
end
try("Berlin", "/usr/share/zoneinfo/Europe")
try("Europe/Berlin", "/nowhere")
try(nil)
print() --> ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok ok 

-- Zones by name, where the files are missing or damaged.
local folder = os.tmpname()
os.remove(folder)
os.execute("mkdir " .. folder)
local function put(name, text)
  local file <close> = assert(io.open(folder .. "/" .. name, "wb"))
  file:write(text)
end
local function complaint(zones, tz)
  local script = ("print(pcall(sched.next, '* * * * *', {tz = '%s'}))"):format(tz)
  local result = process.run({env = {TZDIR = zones}}, luaconc, "-e", script)
  print((result.stdout:gsub(folder, "FOLDER"):gsub("\n$", ""):gsub("\t[%d]+$", "")))
end
complaint("/nowhere", "Europe/Berlin")
complaint("/nowhere", "UTC")
--> false	bad argument #2 to 'next' (option 'tz': no time zone 'Europe/Berlin': there is no /nowhere, which Debian's package tzdata brings)
--> true
put("Damaged", "TZif2" .. ("\0"):rep(39) .. "TZif2")
put("Text", "Europe/Berlin\n")
put("Empty", "")
for _, name in ipairs {"Damaged", "Text", "Empty", "Tex", "."} do complaint(folder, name) end
os.execute("rm -r " .. folder)
--> false	bad argument #2 to 'next' (option 'tz': time zone 'Damaged': the file FOLDER/Damaged is damaged)
--> false	bad argument #2 to 'next' (option 'tz': 'Text' is no time zone: FOLDER/Text is another kind of file)
--> false	bad argument #2 to 'next' (option 'tz': 'Empty' is no time zone: FOLDER/Empty is another kind of file)
--> false	bad argument #2 to 'next' (option 'tz': no time zone 'Tex')
--> false	bad argument #2 to 'next' (option 'tz': '.' is no name of a time zone)
--! needs speed
