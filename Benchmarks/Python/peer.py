"""The peers in Python: the same work as Lua/NAME.lua, as a Python user would write it.

Usage: python3 peer.py NAME N    Prints the figures, one `name value` a line.
"""

import gc
import math
import sys
import time

now = time.perf_counter


def resident():
    """Bytes of the resident set."""
    with open("/proc/self/smaps_rollup") as file:
        for line in file:
            if line.startswith("Rss:"):
                return int(line.split()[1]) * 1024


# Threads


def thread_spawn(n):
    import threading

    def work(i):
        return i

    def run(count):
        for i in range(count):
            thread = threading.Thread(target=work, args=(i,))
            thread.start()
            thread.join()

    run(n // 10)
    start = now()
    run(n)
    print("ns_per_op", (now() - start) / n * 1e9)


def thread_memory(n):
    import threading

    stop = threading.Event()

    def start(count):
        threads = [threading.Thread(target=stop.wait) for _ in range(count)]
        for thread in threads:
            thread.start()
        return threads

    threads = start(1)
    gc.collect()
    before = resident()
    threads += start(n)
    time.sleep(0.2)
    gc.collect()
    after = resident()
    stop.set()
    for thread in threads:
        thread.join()
    print("bytes_per_item", (after - before) / n)


# Sharing: a number under a lock


def shared_incr(n):
    import threading

    def run(count):
        hits, lock, meeting = {"hits": 0}, threading.Lock(), threading.Barrier(2)
        times = []

        def work():
            meeting.wait()
            start = now()
            for _ in range(count // 2):
                with lock:
                    hits["hits"] += 1
            times.append((start, now()))

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert hits["hits"] == count // 2 * 2
        return max(finish for _, finish in times) - min(start for start, _ in times)

    run(n // 10)
    print("ops_per_s", n / run(n))


def sync_lock(n):
    import threading

    lock = threading.Lock()

    def run(count):
        for _ in range(count):
            with lock:
                pass

    run(n // 10)
    start = now()
    run(n)
    print("ns_per_op", (now() - start) / n * 1e9)


# Channels: queue.Queue, which hands references over and copies nothing


def transfer(n, make, size_of, capacity):
    """Sends make(i) for 1...n from one thread to another; seconds from the first put to the last get."""
    import queue
    import threading

    q = queue.Queue(capacity)
    times = {}

    def produce():
        times["start"] = now()
        for i in range(1, n + 1):
            q.put(make(i))
        q.put(None)

    def consume():
        total = 0
        while (value := q.get()) is not None:
            total += size_of(value)
        times["finish"] = now()
        times["total"] = total

    threads = [threading.Thread(target=consume), threading.Thread(target=produce)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times["finish"] - times["start"], times["total"]


def channel(n, make, size_of, capacity=1024):
    """Messages per second, after a warm-up."""
    transfer(n // 10, make, size_of, capacity)
    elapsed, total = transfer(n, make, size_of, capacity)
    assert total == sum(size_of(make(i)) for i in range(1, n + 1))
    return n / elapsed


def channel_integers(n):
    print("ops_per_s", channel(n, lambda i: i, lambda v: v))


def channel_tables(n):
    print("ops_per_s", channel(n, lambda i: {"id": i, "name": "alpha", "v": i * 0.5}, lambda item: item["id"]))


def channel_arrays(n):
    numbers = list(range(1, 1001))
    print("ops_per_s", channel(n, lambda _: numbers, len))


def channel_1k(n):
    text = "x" * 1024
    print("ops_per_s", channel(n, lambda _: text, len))


def ping_pong(n):
    import queue
    import threading

    def play(count):
        there, back = queue.Queue(1024), queue.Queue(1024)
        elapsed = []

        def ping():
            start = now()
            for i in range(count):
                there.put(i)
                assert back.get() == i
            elapsed.append(now() - start)
            there.put(None)

        def pong():
            while (value := there.get()) is not None:
                back.put(value)

        threads = [threading.Thread(target=pong), threading.Thread(target=ping)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return elapsed[0] / count

    play(n // 10)
    print("ns_per_op", play(n) * 1e9)


# Tasks


def task_spawn(n):
    import asyncio

    async def work(i):
        return i

    async def run(count):
        for i in range(count):
            assert await asyncio.create_task(work(i)) == i

    async def main():
        await run(n // 10)
        start = now()
        await run(n)
        print("ns_per_op", (now() - start) / n * 1e9)

    asyncio.run(main())


def task_spawn_all(n):
    import asyncio

    batch = 10000

    async def work(i):
        return i

    async def run(count):
        for _ in range(count // batch):
            tasks = [asyncio.create_task(work(i)) for i in range(batch)]
            for i, task in enumerate(tasks):
                assert await task == i

    async def main():
        await run(n // 10)
        start = now()
        await run(n)
        print("ns_per_op", (now() - start) / n * 1e9)

    asyncio.run(main())


def task_ping_pong(n):
    import asyncio

    async def pong(there, back):
        while (v := await there.get()) is not None:
            await back.put(v)

    async def run(count):
        there, back = asyncio.Queue(1024), asyncio.Queue(1024)
        other = asyncio.create_task(pong(there, back))
        start = now()
        for i in range(count):
            await there.put(i)
            assert await back.get() == i
        elapsed = now() - start
        await there.put(None)
        await other
        return elapsed / count

    async def main():
        await run(n // 10)
        print("ns_per_op", await run(n) * 1e9)

    asyncio.run(main())


def task_channel(n):
    import asyncio

    async def receive(queue):
        total = 0
        while (v := await queue.get()) is not None:
            total += v
        return total

    async def run(count):
        queue = asyncio.Queue(1024)
        start = now()
        total = asyncio.create_task(receive(queue))
        for i in range(1, count + 1):
            await queue.put(i)
        await queue.put(None)
        assert await total == count * (count + 1) // 2
        return now() - start

    async def main():
        await run(n // 10)
        print("ops_per_s", n / await run(n))

    asyncio.run(main())


def task_switch(n):
    import asyncio

    async def work(count):
        for _ in range(count):
            await asyncio.sleep(0)

    async def run(count):
        await asyncio.gather(work(count // 2), work(count // 2))

    async def main():
        await run(n // 10)
        start = now()
        await run(n)
        print("ns_per_op", (now() - start) / n * 1e9)

    asyncio.run(main())


def task_memory(n):
    import asyncio

    nap = 5

    async def work():
        await asyncio.sleep(nap)

    async def main():
        await asyncio.create_task(asyncio.sleep(0))
        gc.collect()
        before, start = resident(), now()
        tasks = [asyncio.create_task(work()) for _ in range(n)]
        await asyncio.sleep(0.1)
        gc.collect()
        after = resident()
        assert now() - start < nap, "the first task woke before the last one was measured"
        for task in tasks:
            task.cancel()
        print("bytes_per_item", (after - before) / n)

    asyncio.run(main())


# Events and timers


def sched_events(n):
    import sched

    def run(count):
        clock = [0]
        done = [0]

        def delay(seconds):
            clock[0] += seconds

        def event():
            done[0] += 1

        start = now()
        s = sched.scheduler(lambda: clock[0], delay)
        for i in range(1, count + 1):
            s.enter(i * 7919 % 1000003 / 1000, 1, event)
        s.run()
        elapsed = now() - start
        assert done[0] == count
        return count / elapsed

    run(n // 10)
    print("ops_per_s", run(n))


def timer_after(n):
    import asyncio

    async def main():
        loop = asyncio.get_running_loop()
        all_fired = loop.create_future()
        fired = 0

        def fire():
            nonlocal fired
            fired += 1
            if fired == n:
                all_fired.set_result(None)

        start = time.process_time()
        for i in range(1, n + 1):
            loop.call_later(i * 7919 % n / n, fire)
        await all_fired
        print("per_cpu_s", n / (time.process_time() - start))

    asyncio.run(main())


def timer_every(n):
    """A threading.Timer that arms itself again: what Python offers for an interval."""
    import threading

    interval = 0.010
    late = []
    finished = threading.Event()
    start = now()

    def tick():
        late.append(now() - (start + (len(late) + 1) * interval))
        if len(late) < n:
            threading.Timer(interval, tick).start()
        else:
            finished.set()

    threading.Timer(interval, tick).start()
    finished.wait()
    last = sorted(late[-(n // 10):])
    late.sort()
    print("drift_s", last[(len(last) - 1) // 2])
    print("p50_s", late[(n - 1) // 2])
    print("p99_s", late[math.ceil(n * 0.99) - 1])


# Processes


def process_work(i):
    return i


def process_spawn(n):
    import multiprocessing

    context = multiprocessing.get_context("fork")

    def run(count):
        for i in range(count):
            process = context.Process(target=process_work, args=(i,))
            process.start()
            process.join()

    run(n // 10)
    start = now()
    run(n)
    print("ns_per_op", (now() - start) / n * 1e9)


def process_run(n):
    import subprocess

    def run(count):
        for _ in range(count):
            subprocess.run(["true"], capture_output=True, check=True)

    run(n // 10)
    start = now()
    run(n)
    print("ns_per_op", (now() - start) / n * 1e9)


def consume(queue, back, sum_up):
    back.put(None)
    total = 0
    while (item := queue.get()) is not None:
        total += sum_up(item)
    back.put((now(), total))


def integer_value(item):
    return item


def table_value(item):
    return item["v"]


def between_processes(n, capacity, make, value):
    """Items for a child; seconds from the first put to the last get, and what they sum up to."""
    import multiprocessing

    context = multiprocessing.get_context("fork")

    def run(count):
        queue, back = context.Queue(capacity), context.Queue()
        process = context.Process(target=consume, args=(queue, back, value))
        process.start()
        back.get()
        start = now()
        for i in range(count):
            queue.put(make(i))
        queue.put(None)
        finish, total = back.get()
        process.join()
        return finish - start, total

    run(n // 10)
    return run(n)


def process_integers(n):
    seconds, total = between_processes(n, 1024, lambda i: i + 1, integer_value)
    assert total == n * (n + 1) // 2
    print("ops_per_s", n / seconds)


def process_tables(n):
    seconds, total = between_processes(n, 1024, lambda i: {"id": i, "name": "alpha", "v": i * 0.5}, table_value)
    assert total == n * (n - 1) / 4
    print("ops_per_s", n / seconds)


def process_1k(n):
    text = "x" * 1024
    seconds, total = between_processes(n, 1024, lambda i: text, len)
    assert total == n * 1024
    print("ops_per_s", n / seconds)


def process_8m(n):
    size = 8 << 20
    text = "x" * size
    seconds, total = between_processes(n, 4, lambda i: text, len)
    assert total == n * size
    print("bytes_per_s", total / seconds)


def pong(there, back):
    while (item := there.recv()) is not None:
        back.send(item)


def process_ping_pong(n):
    import multiprocessing

    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=pong, args=(theirs, theirs))
    process.start()

    def run(count):
        for i in range(count):
            ours.send(i)
            assert ours.recv() == i

    run(n // 10)
    start = now()
    run(n)
    print("ns_per_op", (now() - start) / n * 1e9)
    ours.send(None)
    process.join()


def cpu_work(seed):
    x = seed
    for _ in range(400000):
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
    return x


def tiny_work(x):
    return x + 1


def map_cpu(n):
    import multiprocessing

    items = list(range(1, n + 1))
    best = 0
    for _ in range(5):
        start = now()
        expected = [cpu_work(item) for item in items]
        middle = now()
        with multiprocessing.get_context("fork").Pool() as pool:
            results = pool.map(cpu_work, items, 1)
        best = max(best, (middle - start) / (now() - middle))
        assert results == expected
    print("speed_up", best)


def map_tiny(n):
    import multiprocessing

    items = list(range(1, n + 1))
    alone = mapped = math.inf
    for _ in range(5):
        start = now()
        expected = [tiny_work(item) for item in items]
        middle = now()
        with multiprocessing.get_context("fork").Pool() as pool:
            results = pool.map(tiny_work, items)
        alone, mapped = min(alone, middle - start), min(mapped, now() - middle)
        assert results == expected
    print("ns_per_op", (mapped - alone) / n * 1e9)


def main():
    name, n = sys.argv[1].replace("-", "_"), int(sys.argv[2])
    globals()[name](n)


main()
