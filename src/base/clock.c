/* Clocks. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t now(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * NS_PER_SEC + t.tv_nsec;
}

int64_t clock_boot_ns(void)
{
	return now(CLOCK_BOOTTIME);
}

int64_t clock_mono_ns(void)
{
	return now(CLOCK_MONOTONIC);
}

int64_t clock_real_ns(void)
{
	return now(CLOCK_REALTIME);
}

/* Of several tries the one that took the shortest, because that is how far it may be off. */
int64_t clock_suspended_ns(void)
{
	int64_t shortest = INT64_MAX, suspended = 0;

	for (int i = 0; i < 5; i++) {
		int64_t before = clock_mono_ns(), boot = clock_boot_ns(), after = clock_mono_ns();

		if (boot <= after)
			return 0;
		if (after - before < shortest) {
			shortest = after - before;
			suspended = boot - before - shortest / 2;
		}
	}
	return suspended;
}

void clock_rfc3339(int64_t real_ns, char out[40])
{
	int64_t ns = real_ns % NS_PER_SEC;
	time_t seconds = (time_t)(real_ns / NS_PER_SEC - (ns < 0));
	struct tm tm;

	gmtime_r(&seconds, &tm);
	out += strftime(out, 28, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out, 12, ".%09uZ", (unsigned)(ns < 0 ? ns + NS_PER_SEC : ns) % 1000000000u);
}
