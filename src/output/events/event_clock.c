/*
 * The Time column. Key decision: the wall clock is read once, at the start; all else is the
 * kernel's boot time added to it, so a step of the wall clock never puts lines out of order. The
 * text of a second is kept: in a storm thousands of lines share it.
 */
#include "output/events/event_clock.h"

#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static const unsigned widths[] = {
	[STAMP_DATE] = 19,  /* 2016/10/27 14:13:34 */
	[STAMP_TIME] = 8,   /* 14:13:34 */
	[STAMP_ISO] = 32,   /* 2016-10-27T14:13:34.123456+02:00 */
	[STAMP_BOOT] = 13,  /* 123456.123456 */
	[STAMP_DELTA] = 11, /* +123.123456 */
};

void event_clock_init(struct event_clock *clock, enum event_stamp stamp, const struct run *run)
{
	*clock = (struct event_clock){
		.stamp = stamp,
		.start_ns = run->start_ns,
		.real_ns = run->started_real_ns,
		.second = INT64_MIN,
	};
}

unsigned event_clock_width(const struct event_clock *clock)
{
	return widths[clock->stamp];
}

static void add_padded(const struct event_clock *clock, struct buf *out, const char *text)
{
	buf_printf(out, "%*s", (int)widths[clock->stamp], text);
}

/* Seconds with six decimals: what the clocks of events are good for. */
static void add_seconds(const struct event_clock *clock, struct buf *out, int64_t ns, bool sign)
{
	uint64_t us = (uint64_t)(ns < 0 ? -ns : ns) / NS_PER_US;
	char text[48];

	snprintf(text, sizeof text, "%s%llu.%06llu",
		 ns < 0 ? "-"
		 : sign ? "+"
			: "",
		 (unsigned long long)us / 1000000, (unsigned long long)us % 1000000);
	add_padded(clock, out, text);
}

static bool set_second(struct event_clock *clock, int64_t second)
{
	time_t seconds = (time_t)second;
	char date[32] = "";
	struct tm tm;
	long offset;

	if (clock->second == second)
		return true;
	if (!localtime_r(&seconds, &tm))
		return false;
	if (clock->stamp == STAMP_DATE)
		snprintf(date, sizeof date, "%04d/%02d/%02d ", tm.tm_year + 1900, tm.tm_mon + 1,
			 tm.tm_mday);
	if (clock->stamp == STAMP_ISO)
		snprintf(date, sizeof date, "%04d-%02d-%02dT", tm.tm_year + 1900, tm.tm_mon + 1,
			 tm.tm_mday);
	snprintf(clock->text, sizeof clock->text, "%s%02d:%02d:%02d", date, tm.tm_hour, tm.tm_min,
		 tm.tm_sec);
	offset = tm.tm_gmtoff < 0 ? -tm.tm_gmtoff : tm.tm_gmtoff;
	snprintf(clock->zone, sizeof clock->zone, "%c%02u:%02u", tm.tm_gmtoff < 0 ? '-' : '+',
		 (unsigned)(offset / 3600 % 24), (unsigned)(offset / 60 % 60));
	clock->second = second;
	return true;
}

static void add_wall(struct event_clock *clock, struct buf *out, int64_t real_ns)
{
	int64_t second = real_ns / NS_PER_SEC, rest_ns = real_ns % NS_PER_SEC;

	if (rest_ns < 0) {
		second--;
		rest_ns += NS_PER_SEC;
	}
	if (!set_second(clock, second)) {
		add_padded(clock, out, "?");
		return;
	}
	buf_add_text(out, clock->text);
	if (clock->stamp == STAMP_ISO)
		buf_printf(out, ".%06u%s", (unsigned)(rest_ns / NS_PER_US), clock->zone);
}

void event_clock_add(struct event_clock *clock, struct buf *out, int64_t time_ns)
{
	int64_t since_start_ns = time_ns - clock->start_ns;

	if (clock->stamp == STAMP_DELTA)
		add_seconds(clock, out, clock->any ? time_ns - clock->last_ns : 0, true);
	else if (clock->stamp == STAMP_BOOT)
		add_seconds(clock, out, time_ns, false);
	else if (clock->real_ns == 0)
		add_seconds(clock, out, since_start_ns, false);
	else
		add_wall(clock, out, clock->real_ns + since_start_ns);
	clock->last_ns = time_ns;
	clock->any = true;
}
