/*
 * The heaviest lives as a Mermaid gantt chart, in order of their start. Key decision: a fixed number
 * of bars with short labels, which no process can make longer than Mermaid draws.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "model/status.h"
#include "output/mermaid_label.h"
#include "output/report/report_view.h"

#include <stdlib.h>

#define BARS_A_ROW    6 /* for each row of a section */
#define BARS_MOST     300
#define LABEL_COLUMNS 60

struct bar {
	const struct history_life *life;
	uint32_t index;
};

static int heaviest_first(const void *a, const void *b)
{
	const struct bar *x = a, *y = b;
	int64_t x_ns = x->life->end_ns - x->life->begin_ns,
		y_ns = y->life->end_ns - y->life->begin_ns;

	if (x->life->cpu_ns != y->life->cpu_ns)
		return x->life->cpu_ns > y->life->cpu_ns ? -1 : 1;
	if (x_ns != y_ns)
		return x_ns > y_ns ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static int first_first(const void *a, const void *b)
{
	const struct bar *x = a, *y = b;

	if (x->life->begin_ns != y->life->begin_ns)
		return x->life->begin_ns < y->life->begin_ns ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static bool is_on_path(const struct report *report, uint32_t life)
{
	for (size_t i = 0; i < report->share_count; i++)
		if (report->shares[i].life == life)
			return true;
	return false;
}

static void add_bar(struct buf *out, const struct report_view *view, const struct bar *bar)
{
	const struct history_life *life = bar->life;
	union report_cell cell = {.life = bar->index};
	struct buf label = BUF_INIT;
	bool failed = !life->living && status_failed(life->status);
	int64_t begin_ns = life->begin_ns - view->report->busy.begin_ns;
	int64_t ms = (life->end_ns - life->begin_ns) / NS_PER_MS;

	report_add_cell(&label, view, REPORT_PROCESS, cell, LABEL_COLUMNS);
	buf_add_text(out, "    ");
	mermaid_add_escaped(out, buf_str(&label));
	buf_deinit(&label);
	buf_printf(out, " :%s%lld, %lldms\n",
		   failed                                 ? "crit, "
		   : is_on_path(view->report, bar->index) ? "active, "
							  : "",
		   (long long)(begin_ns > 0 ? begin_ns / NS_PER_MS : 0),
		   (long long)(ms > 1 ? ms : 1));
}

size_t report_gantt_bars(const struct report_view *view)
{
	size_t bars = BARS_A_ROW * (size_t)(view->options->top ? view->options->top : REPORT_TOP);

	bars = bars < BARS_MOST ? bars : BARS_MOST;
	return bars < view->history->count ? bars : view->history->count;
}

void report_add_gantt(struct buf *out, const struct report_view *view)
{
	const struct history *h = view->history;
	struct bar *bars = mem_alloc((h->count + (size_t)1) * sizeof *bars);
	size_t count = report_gantt_bars(view);

	for (uint32_t i = 0; i < h->count; i++)
		bars[i] = (struct bar){&h->lives[i], i};
	if (h->count > 1)
		qsort(bars, h->count, sizeof *bars, heaviest_first);
	if (count > 1)
		qsort(bars, count, sizeof *bars, first_first);
	buf_add_text(out, "gantt\n"
			  "    dateFormat x\n"
			  "    axisFormat %M:%S.%L\n"
			  "    todayMarker off\n");
	for (size_t i = 0; i < count; i++)
		add_bar(out, view, &bars[i]);
	free(bars);
}
