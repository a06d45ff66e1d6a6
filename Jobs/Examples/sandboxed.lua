-- Reaches nothing but what it names, enforced by the kernel.
job "sandboxed" {
  every = "10s",
  memory = "64M",
  sandbox = {read = {"/usr/share"}},
  run = function()
    assert(not io.open(os.getenv("HOME") or "/root"), "the home folder can be read")
    assert(io.open("/usr/share"))
    print("nothing else can be read")
  end,
}
