// The peers in Node: its timers and async functions.
// Usage: node peer.js NAME N    Prints the figures, one `name value` a line.
'use strict';

// So many timers that do not ring.
function waitingTimers(n) {
  const tooEarly = () => { throw new Error('too early'); };
  const timers = new Array(n);
  for (let i = 1; i <= n; i++) timers[i - 1] = setTimeout(tooEarly, 3600e3 + (i * 7919 % n) / n * 1000);
  return timers;
}

function nanosecondsEach(start, n) {
  const { user, system } = process.cpuUsage(start); // microseconds
  return (user + system) * 1000 / n;
}

const peers = {
  'timer-insert'(n) {
    const start = process.cpuUsage();
    waitingTimers(n);
    console.log('ns_per_op', nanosecondsEach(start, n));
    process.exit(0);
  },
  'timer-cancel'(n) {
    const timers = waitingTimers(n);
    const start = process.cpuUsage();
    for (const timer of timers) clearTimeout(timer);
    console.log('ns_per_op', nanosecondsEach(start, n));
  },
  async 'task-spawn-all'(n) {
    const batch = 10000;
    const work = async (i) => i;
    const run = async (count) => {
      for (let k = 0; k < count / batch; k++) {
        const promises = [];
        for (let i = 0; i < batch; i++) promises.push(work(i));
        for (let i = 0; i < batch; i++) if (await promises[i] !== i) throw new Error('wrong result');
      }
    };
    await run(n / 10);
    const start = process.hrtime.bigint();
    await run(n);
    console.log('ns_per_op', Number(process.hrtime.bigint() - start) / n);
  },

  'timer-after'(n) {
    let fired = 0;
    const start = process.cpuUsage();
    const fire = () => {
      fired += 1;
      if (fired === n) {
        const { user, system } = process.cpuUsage(start); // microseconds
        console.log('per_cpu_s', n / ((user + system) / 1e6));
      }
    };
    for (let i = 1; i <= n; i++) setTimeout(fire, (i * 7919 % n) / n * 1000);
  },
};

peers[process.argv[2]](Number(process.argv[3]));
