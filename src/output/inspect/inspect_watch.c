/*
 * The watch of inspect for people. Key decision: a line a tick in columns of fixed width, since it
 * is written while it goes on; what came of it is told at the end, per process.
 */
#include "output/inspect/inspect.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"

#include <time.h>

/* Looks within one second need more than seconds to tell them apart. */
static bool is_fast(int64_t interval_ns)
{
	return interval_ns % NS_PER_SEC != 0;
}

void inspect_add_watch_heading(struct buf *out, int64_t interval_ns,
			       const struct inspect_style *style)
{
	buf_printf(out, "\n%s%-*s  %s       RSS     %%CPU  THREADS%s\n",
		   style->colour ? "\x1b[1m" : "", is_fast(interval_ns) ? 12 : 8, "TIME",
		   style->several ? "    PID  " : "", style->colour ? "\x1b[0m" : "");
}

static void add_padded(struct buf *out, struct buf *text, size_t width)
{
	buf_add_repeat(out, ' ', text->n < width ? width - text->n : 0);
	buf_add_str(out, buf_str(text));
	buf_clear(text);
}

static void add_value(struct buf *out, enum watch_value which, bool known, double value)
{
	if (!known)
		buf_add_char(out, '-');
	else if (which == WATCH_CPU_PERCENT)
		buf_printf(out, "%.1f", value);
	else
		units_add_bytes(out, (uint64_t)value);
}

void inspect_add_watch_line(struct buf *out, const struct inspection *inspection,
			    const struct inspect_style *style)
{
	const struct watch *watch = &inspection->watch;
	const struct host *host = style->context->host;
	const struct watch_sample *sample;
	struct buf text = BUF_INIT;
	char clock[16] = "-";
	int64_t real_ns;
	time_t seconds;
	struct tm tm;

	if (watch->sample_count == 0)
		return;
	sample = &watch->samples[watch->sample_count - 1];
	real_ns = sample->time_ns + (host ? host->boot_real_ns : 0);
	seconds = (time_t)(real_ns / NS_PER_SEC);
	if (localtime_r(&seconds, &tm))
		strftime(clock, sizeof clock, "%H:%M:%S", &tm);
	buf_printf(out, "%-8s", clock);
	if (is_fast(watch->interval_ns))
		buf_printf(out, ".%03d", (int)(real_ns % NS_PER_SEC / NS_PER_MS));
	buf_add_text(out, "  ");
	if (style->several)
		buf_printf(out, "%7d  ", inspection->pid);
	for (int i = 0; i < WATCH_VALUES; i++) {
		add_value(&text, (enum watch_value)i, sample->known & 1u << i, sample->value[i]);
		add_padded(out, &text, i == WATCH_RSS_BYTES ? 10 : 9);
	}
	buf_printf(out, "%9u\n", sample->threads);
	buf_deinit(&text);
}

static const char *const ends[] = {
	[WATCH_COUNT] = "",
	[WATCH_INTERRUPTED] = "",
	[WATCH_EXITED] = "; it has ended",
	[WATCH_REUSED] = "; it has ended, and another process has its number",
};

void inspect_add_watch_end(struct buf *out, const struct inspection *inspection,
			   const struct inspect_style *style)
{
	static const char *const labels[WATCH_VALUES] = {"RSS", "%CPU"};
	const struct watch *watch = &inspection->watch;
	struct buf text = BUF_INIT;

	buf_printf(out, "\n%s%d ", style->colour ? "\x1b[1m" : "", inspection->pid);
	text_add_safe(out, inspection->self.stat.comm);
	buf_printf(out, "%s: %zu sample%s%s\n", style->colour ? "\x1b[0m" : "", watch->sample_count,
		   watch->sample_count == 1 ? "" : "s", ends[watch->end]);
	if (watch->sample_count == 0) {
		buf_deinit(&text);
		return;
	}
	buf_add_text(out, "             min       max      mean\n");
	for (int i = 0; i < WATCH_VALUES; i++) {
		double values[3] = {0};
		bool known =
			watch_range(watch, (enum watch_value)i, &values[0], &values[1], &values[2]);

		buf_printf(out, "  %-4s", labels[i]);
		for (int k = 0; k < 3; k++) {
			add_value(&text, (enum watch_value)i, known, values[k]);
			add_padded(out, &text, 10);
		}
		buf_add_char(out, '\n');
	}
	buf_deinit(&text);
}
