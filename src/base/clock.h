/* Clocks. Records use CLOCK_BOOTTIME, as the kernel's start_boottime does. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define NS_PER_SEC INT64_C(1000000000)
#define NS_PER_MS  INT64_C(1000000)
#define NS_PER_US  INT64_C(1000)

int64_t clock_boot_ns(void);
int64_t clock_mono_ns(void);
int64_t clock_real_ns(void);
/* By how much the boot clock is ahead of the monotonic one: the time suspended, 0 most often. */
int64_t clock_suspended_ns(void);

/* RFC 3339 with nanoseconds in UTC: 2026-01-31T10:00:00.123456789Z. `out` holds 40 bytes. */
void clock_rfc3339(int64_t real_ns, char out[40]);

#endif
