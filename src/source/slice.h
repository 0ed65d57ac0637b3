/* The scheduler's time slice of the calling thread. */
#ifndef SOURCE_SLICE_H
#define SOURCE_SLICE_H

/*
 * Asks for the shortest slice (0.1 ms): who wakes with one gets the CPU before others that have
 * longer ones, and gives it back as soon (EEVDF). For who reads what is gone in a moment. Children
 * inherit it: to be called once they are forked. Kernels before 6.12 take it and do nothing.
 * Returns 0, or -errno; nothing is changed for a thread with a real-time policy, and 0 returned.
 */
int slice_shorten(void);

#endif
