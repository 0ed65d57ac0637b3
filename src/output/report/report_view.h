/*
 * What all forms of a report have in common: its sections are tables, and a form only knows how a
 * table and each type of cell is written.
 */
#ifndef OUTPUT_REPORT_REPORT_VIEW_H
#define OUTPUT_REPORT_REPORT_VIEW_H

#include "analysis/condition.h"
#include "analysis/report.h"
#include "base/json.h"
#include "output/common.h"
#include "output/report/report.h"

#define REPORT_TOP     5 /* rows of a section that people read */
#define REPORT_COLUMNS 16

enum report_type {
	REPORT_COUNT,
	REPORT_DURATION,
	REPORT_MOMENT, /* boot time; told since the start */
	REPORT_RATIO,  /* 1 is the whole */
	REPORT_BYTES,
	REPORT_NAME,    /* text: a program */
	REPORT_COMMAND, /* text: words of a command line */
	REPORT_PROCESS, /* life: its number and what it ran */
	REPORT_ENDING,  /* life: how it ended */
	REPORT_KILLER,  /* life: who killed it */
	REPORT_BOUND,   /* bound: of the budget */
	REPORT_HOLDS,   /* bound: does it hold? */
	REPORT_FOUND,   /* bound: the figure that it is about */
	/* of a comparison */
	REPORT_FIGURE,     /* figure: its name */
	REPORT_BEFORE,     /* change: the value of then */
	REPORT_AFTER,      /* change: the value of now */
	REPORT_DIFFERENCE, /* change: by how much */
	REPORT_PERCENT,    /* change: by which part of what was */
	REPORT_RUN,        /* life: what it ran */
	REPORT_WAS,        /* life of before: what it ran */
	REPORT_CONDITION,  /* condition: of those that fail the comparison */
	REPORT_FAILS,      /* condition: does it? */
};

union report_cell {
	uint64_t count, bytes;
	int64_t ns;
	double ratio;
	uint32_t life, text, bound, condition;
	const struct figure *figure;
	struct figure_change change;
};

struct report_column {
	const char *key;     /* in JSON */
	const char *heading; /* for people; NULL: not for them */
	enum report_type type;
};

struct diff_view;

struct report_view {
	const struct history *history;
	const struct report *report;
	const struct run *run;
	const struct report_options *options;
	const struct diff_view *diff; /* NULL: it is no side of a comparison */
};

enum {
	SECTION_BAD = 1 << 0,    /* it is better not to have any */
	SECTION_WHOLE = 1 << 1,  /* all rows, however few are asked for */
	SECTION_DETAIL = 1 << 2, /* not for people: too long, or told in another way */
	SECTION_GOOD = 1 << 3,   /* the more the better */
	SECTION_BEFORE = 1 << 4, /* of a comparison, and its lives are those of before */
};

struct report_section {
	const char *key;   /* in JSON */
	const char *title; /* for people */
	const char *about; /* the order of the rows */
	unsigned flags;
	struct report_column columns[REPORT_COLUMNS]; /* ended by one without a key */
	size_t (*count)(const struct report_view *view);
	void (*row)(const struct report_view *view, size_t row, union report_cell *cells);
	/* A line below it for people, and its label; or NULL. */
	const char *below;
	void (*add_below)(struct buf *out, const struct report_view *view);
};

extern const struct report_section report_sections[];
extern const unsigned report_section_count;

/* Is it aligned to the right? */
bool report_is_number(enum report_type type);
unsigned report_columns(const struct report_section *section);
/* How many rows of a section are written. */
size_t report_rows(const struct report_view *view, const struct report_section *section);

/* A cell as text that is safe on a terminal, of at most `columns`. */
void report_add_cell(struct buf *out, const struct report_view *view, enum report_type type,
		     union report_cell cell, size_t columns);
/* The same as a JSON value. */
void report_json_cell(struct json *j, const struct report_view *view, enum report_type type,
		      union report_cell cell);

/* A line about the whole: "wall time" and what there is to say; nothing: the line is left out. */
struct report_fact {
	const char *label;
	void (*add)(const struct report_view *view, struct buf *out);
	bool (*bad)(const struct report_view *view); /* NULL: it never is */
};
extern const struct report_fact report_facts[];
extern const unsigned report_fact_count;

/* The words of what was recorded; empty when it was no command. */
struct str report_command(const struct report_view *view);
/* How it ended, or STATUS_UNKNOWN. */
int32_t report_status(const struct report_view *view);
/* The longest steps of the critical path on one line: "make 12ms → cc1 8.10s → 3 others 20ms" */
void report_add_path(struct buf *out, const struct report_view *view);
/* Who was at work over time, `columns` wide with its scale; lines begin with `indent` blanks. */
void report_add_chart(struct buf *out, const struct report_view *view, unsigned indent);
/* How many columns of a chart there are in lines of `width`. */
unsigned report_chart_buckets(unsigned width);
/* The heaviest lives as a Mermaid gantt chart, and how many it has. */
size_t report_gantt_bars(const struct report_view *view);
void report_add_gantt(struct buf *out, const struct report_view *view);

/* Parts of a page: its head, the lines about the whole, one section (nothing when it is empty). */
struct labelled;
void report_add_facts(struct labelled *page, const struct report_view *view,
		      const struct report_fact *facts, unsigned count);
void report_add_section(struct labelled *page, const struct report_view *view,
			const struct report_section *section);
void report_json_run(struct json *j, const struct report_view *view);
void report_json_section(struct json *j, const struct report_view *view,
			 const struct report_section *section);
void report_markdown_title(struct buf *out, const struct report_view *view);
void report_markdown_facts(struct buf *out, const struct report_view *view,
			   const struct report_fact *facts, unsigned count);
void report_markdown_section(struct buf *out, const struct report_view *view,
			     const struct report_section *section);
/* Where the budget stands among the sections. */
#define REPORT_BUDGET 0

void report_write_verdict(struct buf *out, const struct report_view *view);
void report_write_junit(struct buf *out, const struct report_view *view);
void report_write_text(struct buf *out, const struct report_view *view);
void report_write_json(struct buf *out, const struct report_view *view);
void report_write_markdown(struct buf *out, const struct report_view *view);

#endif
