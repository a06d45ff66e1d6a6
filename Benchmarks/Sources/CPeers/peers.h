// What the peers share: one function each, time, and failing.
#pragma once
#include <stddef.h>

void thread_spawn(long n);
void thread_cancel(long n);
void thread_memory(long n);
void channel_integers(long n);
void channel_tables(long n);
void channel_arrays(long n);
void channel_1k(long n);
void channel_8m(long n);
void ping_pong(long n);
void process_run(long n);
void map_cpu(long n);
void map_tiny(long n);
void shared_incr(long n);
void sync_lock(long n);
void channel_many(long n);
void thread_burst(long n);
void timer_every(long n);
void timer_busy(long n);
void host_function(long n);
void host_method(long n);
void host_read(long n);
void host_push(long n);
void host_call(long n);
void host_runtime(long n);

/// Monotonic seconds.
double now_seconds(void);
/// Prints the message and ends the process with status 1.
_Noreturn void fail(const char *message);
/// Ends the process unless `ok`.
void check(int ok, const char *message);
/// malloc that ends the process for want of memory.
void *allocate(size_t size);
