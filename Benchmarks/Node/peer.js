// The peers in Node: its timers.
// Usage: node peer.js NAME N    Prints the figures, one `name value` a line.
'use strict';

const peers = {
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
