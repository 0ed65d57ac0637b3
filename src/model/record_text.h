/*
 * The text form of records, both ways: the language of tests/scripts. One record a line:
 *
 *	TIME KIND WHO [member=value ...] [-- WORD ...]
 *
 * TIME is +DURATION after the line before, or @DURATION since the recording's start (@-5ms is
 * before it). WHO is PID, or PID:TGID, each perhaps with @START (boot ns) and ~GRAIN behind it.
 * `fork PARENT -> CHILD` names both. Values may be quoted ("a b\x00"); the words behind -- are
 * the MEMBER_WORDS. Lines that are empty or begin with # are nothing.
 *
 *	@0 fork 99 -> 100
 *	+1ms exec 100 filename=/usr/bin/make -- make -j2
 *	+3ms exit 100 status=256
 */
#ifndef MODEL_RECORD_TEXT_H
#define MODEL_RECORD_TEXT_H

#include "base/buf.h"
#include "base/error.h"
#include "model/record.h"

struct record_text {
	int64_t start_ns;  /* boot time that @0 means */
	int64_t last_ns;   /* boot time of the line before */
	struct buf memory; /* what the slices of the last record point to */
};

/*
 * Parses one line. Returns 1 (a record), 0 (an empty line or a comment), -EINVAL with a sentence
 * that names the place. The record's slices are valid until the next call.
 */
int record_text_parse(struct record_text *state, struct str line, struct record *ret,
		      struct error *err);
/* Appends the record as one line with an absolute time; parsing it gives the same record. */
void record_text_format(const struct record *record, int64_t start_ns, struct buf *out);
void record_text_deinit(struct record_text *state);

#endif
