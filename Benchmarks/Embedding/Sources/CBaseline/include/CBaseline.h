// What a host in C pays: a plain state, plain C functions.
#pragma once

/// Runs the chunk, which returns a number, in a state with the functions `probe.add` and the objects of
/// `probe.counter()`, and returns that number.
double baseline_run(const char *source);

/// Opens a state with its libraries, runs an empty chunk, closes it; so many times.
void baseline_states(int count);
