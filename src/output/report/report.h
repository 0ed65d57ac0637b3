/* A report of a recording, in three forms: for a terminal, as JSON, as Markdown. */
#ifndef OUTPUT_REPORT_REPORT_H
#define OUTPUT_REPORT_REPORT_H

#include "analysis/budget.h"
#include "output/output.h"

enum report_form {
	REPORT_TEXT,
	REPORT_JSON,
	REPORT_MARKDOWN,
	REPORT_VERDICT, /* the budget alone, as text */
};

struct report_options {
	struct output_options output;
	enum report_form form;
	int32_t root_pid;            /* of whom alone it is; 0: of all */
	unsigned top;                /* rows of a section; 0: what reads well, and in JSON all */
	const struct budget *budget; /* NULL: none. It and `ret_broken` must outlive the sink. */
	unsigned *ret_broken;        /* how many of its bounds do not hold; or NULL */
	const char *junit;           /* its verdicts go there as JUnit XML; NULL: nowhere */
};

struct sink *report_new(const struct report_options *options);

#endif
