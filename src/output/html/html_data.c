/*
 * What the page's program reads: one JSON object. Key decision: a column of numbers for each thing
 * that is known of the lives, and each text once, so that 50,000 lives stay a few megabytes.
 */
#include "output/html/html.h"

#include "analysis/figure.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/status.h"
#include "output/report/report_view.h"

#include <stdlib.h>

#define DATA_VERSION 1
#define SIGNALS      64

/* The texts that the page needs, by numbers of its own in order of their first use. */
struct text_list {
	uint32_t *number; /* of each index of a text, one more; 0: has none yet */
	uint32_t *texts;
	uint32_t count;
};

struct data {
	const struct report_view *view;
	const struct history *history;
	const struct html_lives *lives;
	int64_t begin_ns;
	struct text_list names, commands;
	struct json j;
};

static uint32_t text_number(struct text_list *list, uint32_t text)
{
	if (list->number[text] == 0) {
		list->texts[list->count] = text;
		list->number[text] = ++list->count;
	}
	return list->number[text] - 1;
}

static void text_list_init(struct text_list *list, const struct history *history)
{
	*list = (struct text_list){
		.number = mem_alloc((history->text_count + (size_t)1) * sizeof *list->number),
		.texts = mem_alloc((history->text_count + (size_t)1) * sizeof *list->texts),
	};
}

static void text_list_deinit(struct text_list *list)
{
	free(list->number);
	free(list->texts);
}

static void add_text(struct data *data, struct text_list *list, uint32_t text)
{
	if (text == HISTORY_NONE)
		json_i64(&data->j, -1);
	else
		json_u64(&data->j, text_number(list, text));
}

/* ---- a column of the lives each ---- */

static void put_pid(struct data *data, const struct history_life *life)
{
	json_i64(&data->j, life->pid);
}

static void put_parent(struct data *data, const struct history_life *life)
{
	uint32_t place =
		life->parent == HISTORY_NONE ? HISTORY_NONE : data->lives->place[life->parent];

	json_i64(&data->j, place == HISTORY_NONE ? -1 : (int64_t)place);
}

static void put_begin(struct data *data, const struct history_life *life)
{
	json_i64(&data->j, life->begin_ns - data->begin_ns);
}

static void put_length(struct data *data, const struct history_life *life)
{
	json_i64(&data->j, life->end_ns - life->begin_ns);
}

static void put_program(struct data *data, const struct history_life *life)
{
	add_text(data, &data->names, life->program);
}

static void put_command(struct data *data, const struct history_life *life)
{
	add_text(data, &data->commands, life->command);
}

static void put_cwd(struct data *data, const struct history_life *life)
{
	add_text(data, &data->names, life->cwd);
}

static void put_uid(struct data *data, const struct history_life *life)
{
	json_i64(&data->j, life->uid == UID_UNKNOWN ? -1 : (int64_t)life->uid);
}

static void put_cpu(struct data *data, const struct history_life *life)
{
	json_u64(&data->j, life->cpu_ns);
}

static void put_rss(struct data *data, const struct history_life *life)
{
	json_u64(&data->j, life->rss_peak_bytes);
}

static void put_io(struct data *data, const struct history_life *life)
{
	json_u64(&data->j, life->io_bytes);
}

static void put_execs(struct data *data, const struct history_life *life)
{
	json_u64(&data->j, life->execs);
}

/* The exit code, or less than zero: the signal; null: not known. */
static void put_status(struct data *data, const struct history_life *life)
{
	struct ending ending = status_decode(life->status);

	if (life->living || !ending.known)
		json_null(&data->j);
	else
		json_i64(&data->j, ending.signal ? -ending.signal : ending.exit_code);
}

enum life_flag {
	LIFE_LIVING = 1 << 0,
	LIFE_RAN_BEFORE = 1 << 1,
	LIFE_CORE_DUMPED = 1 << 2,
	LIFE_INEXACT = 1 << 3,
	LIFE_INHERITED = 1 << 4,
};

static void put_flags(struct data *data, const struct history_life *life)
{
	json_i64(&data->j,
		 (life->living ? LIFE_LIVING : 0) | (life->ran_before ? LIFE_RAN_BEFORE : 0) |
			 (life->core_dumped ? LIFE_CORE_DUMPED : 0) |
			 (life->exact ? 0 : LIFE_INEXACT) | (life->inherited ? LIFE_INHERITED : 0));
}

/* Times in ns since "begin_ns" of the page, sizes in bytes, texts by number; -1: none, not known. */
static const struct {
	const char *key;
	void (*put)(struct data *data, const struct history_life *life);
} columns[] =
	{
		{"pid",     put_pid    },
		{"parent",  put_parent }, /* a place in these columns, before its own */
		{"begin",   put_begin  },
		{"length",  put_length },
		{"program", put_program}, /* of "names" */
		{"command", put_command}, /* of "commands" */
		{"cwd",     put_cwd    }, /* of "names" */
		{"uid",     put_uid    },
		{"cpu",     put_cpu    },
		{"rss",     put_rss    },
		{"io",      put_io     },
		{"execs",   put_execs  },
		{"status",  put_status },
		{"flags",   put_flags  },
};

static void add_lives(struct data *data)
{
	struct json *j = &data->j;

	json_key(j, "lives"), json_open(j, '{');
	for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
		buf_add_text(j->out, c ? ",\n" : "\n");
		j->comma = false;
		json_key(j, columns[c].key), json_open(j, '[');
		for (uint32_t i = 0; i < data->lives->count; i++)
			columns[c].put(data, &data->history->lives[data->lives->order[i]]);
		json_close(j, ']');
	}
	json_close(j, '}');
}

/* ---- what is rare ---- */

/* [place, pid, name]: who killed it */
static void add_killers(struct data *data)
{
	struct json *j = &data->j;

	json_key(j, "killers"), json_open(j, '[');
	for (uint32_t i = 0; i < data->lives->count; i++) {
		const struct history_life *life = &data->history->lives[data->lives->order[i]];

		if (life->killer_pid == 0)
			continue;
		json_open(j, '[');
		json_u64(j, i);
		json_i64(j, life->killer_pid);
		json_str(j, history_text(data->history, life->killer));
		json_close(j, ']');
	}
	json_close(j, ']');
}

/* [place, count, failures, CPU]; place -1: whole trees */
static void add_folds(struct data *data)
{
	struct json *j = &data->j;

	json_key(j, "folded"), json_u64(j, data->lives->folded);
	json_key(j, "folds"), json_open(j, '[');
	for (uint32_t i = 0; i <= data->lives->count; i++) {
		const struct html_fold *fold = &data->lives->folds[i];

		if (fold->count == 0)
			continue;
		json_open(j, '[');
		json_i64(j, i < data->lives->count ? (int64_t)i : -1);
		json_u64(j, fold->count);
		json_u64(j, fold->failures);
		json_u64(j, fold->cpu_ns);
		json_close(j, ']');
	}
	json_close(j, ']');
}

/* [place, begin, length]; place -1: nobody was there, or whole trees are folded */
static void add_path(struct data *data)
{
	const struct critical *path = &data->view->report->path;
	struct json *j = &data->j;

	json_key(j, "path"), json_open(j, '[');
	for (size_t i = 0; i < path->count; i++) {
		const struct critical_step *step = &path->steps[i];
		uint32_t place =
			step->life == HISTORY_NONE ? HISTORY_NONE : data->lives->place[step->life];

		json_open(j, '[');
		json_i64(j, place == HISTORY_NONE ? -1 : (int64_t)place);
		json_i64(j, step->begin_ns - data->begin_ns);
		json_i64(j, step->end_ns - step->begin_ns);
		json_close(j, ']');
	}
	json_close(j, ']');
}

/* The names of the signals, by number. */
static void add_signals(struct data *data)
{
	json_key(&data->j, "signals"), json_open(&data->j, '[');
	for (int i = 0; i <= SIGNALS; i++)
		json_text(&data->j, signal_name(i));
	json_close(&data->j, ']');
}

/* ---- texts ---- */

static void add_words(struct json *j, struct str words)
{
	struct str word;

	json_open(j, '[');
	while (text_next_word(&words, &word))
		json_str(j, word);
	json_close(j, ']');
}

static void add_texts(struct data *data)
{
	struct json *j = &data->j;

	json_key(j, "names"), json_open(j, '[');
	for (uint32_t i = 0; i < data->names.count; i++)
		json_str(j, history_text(data->history, data->names.texts[i]));
	json_close(j, ']');
	buf_add_text(j->out, ",\n");
	j->comma = false;
	json_key(j, "commands"), json_open(j, '[');
	for (uint32_t i = 0; i < data->commands.count; i++)
		add_words(j, history_text(data->history, data->commands.texts[i]));
	json_close(j, ']');
}

/* ---- the whole ---- */

static void add_run(struct data *data)
{
	const struct run *run = data->view->run;
	struct ending ending = status_decode(report_status(data->view));
	struct json *j = &data->j;
	char started[40];

	clock_rfc3339(run->started_real_ns, started);
	json_key(j, "run"), json_open(j, '{');
	json_key(j, "command"), add_words(j, report_command(data->view));
	json_key(j, "target"), json_str(j, run->target);
	json_key(j, "host"), json_str(j, run->host);
	json_key(j, "kernel"), json_str(j, run->kernel);
	json_key(j, "source"), json_text(j, run->source);
	json_key(j, "started"), json_text(j, run->started_real_ns ? started : NULL);
	json_key(j, "ended"), json_bool(j, run->ended);
	json_key(j, "lost"), json_u64(j, data->history->lost);
	json_key(j, "status");
	if (ending.known)
		json_i64(j, ending.signal ? -ending.signal : ending.exit_code);
	else
		json_null(j);
	json_close(j, '}');
}

static void add_figures(struct data *data)
{
	const struct report *report = data->view->report;
	struct json *j = &data->j;

	json_key(j, "figures"), json_open(j, '{');
	for (unsigned i = 0; i < figure_count; i++) {
		json_key(j, figures[i].json);
		json_u64(j, figure_value(&figures[i], report));
	}
	json_key(j, "inexact"), json_u64(j, report->inexact);
	json_key(j, "cpus"), json_u64(j, report->cpus);
	json_close(j, '}');
}

/* From the first begin to the last end. */
static void add_span(struct data *data)
{
	const struct history *h = data->history;
	int64_t begin_ns = INT64_MAX, end_ns = INT64_MIN;

	for (uint32_t i = 0; i < h->count; i++) {
		begin_ns = h->lives[i].begin_ns < begin_ns ? h->lives[i].begin_ns : begin_ns;
		end_ns = h->lives[i].end_ns > end_ns ? h->lives[i].end_ns : end_ns;
	}
	if (h->count == 0) {
		begin_ns = h->begin_ns;
		end_ns = h->end_ns;
	}
	data->begin_ns = begin_ns;
	json_key(&data->j, "span"), json_i64(&data->j, end_ns - begin_ns);
}

/* In JSON '<' stands in strings only. */
static void add_without_tags(struct buf *out, struct str json)
{
	while (json.n > 0) {
		const char *tag = memchr(json.p, '<', json.n);
		size_t n = tag ? (size_t)(tag - json.p) : json.n;

		buf_add(out, json.p, n);
		if (tag)
			buf_add_text(out, "\\u003c");
		json = str_skip(json, n + (tag != NULL));
	}
}

void html_add_data(struct buf *out, const struct report_view *view, const struct html_lives *lives)
{
	struct buf text = BUF_INIT;
	struct data data = {.view = view, .history = view->history, .lives = lives};
	void (*const parts[])(struct data * data) = {
		add_run,  add_figures, add_span,    add_lives,   add_texts,
		add_path, add_folds,   add_killers, add_signals,
	};

	data.j = json_into(&text);
	text_list_init(&data.names, view->history);
	text_list_init(&data.commands, view->history);
	json_open(&data.j, '{');
	json_key(&data.j, "version"), json_i64(&data.j, DATA_VERSION);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		buf_add_text(&text, ",\n");
		data.j.comma = false;
		parts[i](&data);
	}
	json_close(&data.j, '}');
	add_without_tags(out, buf_str(&text));
	text_list_deinit(&data.names);
	text_list_deinit(&data.commands);
	buf_deinit(&text);
}
