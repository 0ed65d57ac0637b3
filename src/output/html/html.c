/*
 * One page that shows a recording: no network, no other file. Key decision: the page is a constant
 * with a few places that are filled; what processes said of themselves is data in it, never markup.
 */
#include "output/html/html.h"

#include "output/formats.h"
#include "output/report/report_view.h"

#define REPORT_ROWS 20

struct html {
	struct output output;
	struct history history;
};

struct html_page {
	const struct report_view *view;
	const struct html_lives *lives;
};

static void put_data(struct buf *out, const struct html_page *page)
{
	html_add_data(out, page->view, page->lives);
}

static void put_report(struct buf *out, const struct html_page *page)
{
	html_add_report(out, page->view);
}

static void put_title(struct buf *out, const struct html_page *page)
{
	html_add_title(out, page->view);
}

/* The places of page.html; each is filled by the function of its name. */
#define put_END NULL
static const struct {
	const char *text;
	void (*put)(struct buf *out, const struct html_page *page); /* behind the text */
} pieces[] = {
#define put_DATA            put_data
#define put_REPORT          put_report
#define put_TITLE           put_title
#define PIECE(string, name) {string, put_##name},
#include "page.gen.h"
};

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	history_record(&((struct html *)sink)->history, record, change);
	return 0;
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct html *self = (struct html *)sink;
	const struct report_options options = {.output = self->output.options, .top = REPORT_ROWS};
	struct buf *out = &self->output.file.pending;
	struct report report;
	struct html_lives lives;
	const struct report_view view = {&self->history, &report, run, &options};
	const struct html_page page = {&view, &lives};

	history_finish(&self->history, table, run);
	report_make(&report, &self->history, run, 0);
	html_lives_find(&lives, &self->history, &self->output.options, HTML_LIVES_MAX);
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		buf_add_text(out, pieces[i].text);
		if (pieces[i].put)
			pieces[i].put(out, &page);
	}
	html_lives_deinit(&lives);
	report_deinit(&report);
	return output_commit(&self->output, err);
}

static void on_free(struct sink *sink)
{
	history_deinit(&((struct html *)sink)->history);
	output_free(sink);
}

static const struct sink_ops html_ops = {
	.name = "html",
	.open = output_open,
	.record = on_record,
	.close = on_close,
	.free = on_free,
};

static struct sink *html_create(const struct output_options *options)
{
	return output_new(sizeof(struct html), &html_ops, options);
}

const struct output_format output_html = {
	.name = "html",
	.summary = "one page to look at in a browser: timeline, search, tables",
	.create = html_create,
};
