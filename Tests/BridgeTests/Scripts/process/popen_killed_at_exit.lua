-- os.exit does not wait for programs: they are ended, with their grace.
local name = os.tmpname()
os.remove(name)
process.popen{"sh", "-c", "trap 'rm -f " .. name .. "; exit' TERM; echo >" .. name .. "; while :; do sleep 0.01; done", stderr = "null"}
repeat sleep(0.01) until io.open(name)
timer.after(100, print)
local check = process.popen{"sh", "-c", "while test -e " .. name .. "; do sleep 0.01; done"}
print("leaving") --> leaving
os.exit(0)
