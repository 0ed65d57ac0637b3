/* Why a process was there: its ancestry, through parents long dead. */
#ifndef OUTPUT_WHY_H
#define OUTPUT_WHY_H

#include "model/field.h"
#include "model/filter/filter_regex.h"
#include "output/output.h"

#define WHY_TOP 3

struct why_options {
	struct output_options output;
	bool json;
	unsigned top;       /* matches that are shown, the newest first; 0: WHY_TOP */
	const char *wanted; /* as it was asked for; must outlive the sink */
	int32_t pid; /* of that number; 0: the program of that name, or else by the expression */
	const struct filter_regex *regex;
	int32_t asking_pid;        /* who is no answer; 0: nobody */
	const struct names *names; /* of users; NULL: numbers */
	const char *note;          /* what must be known of the answer; or NULL */
};

struct sink *why_new(const struct why_options *options);

#endif
