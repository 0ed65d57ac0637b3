/* For the tests of the event log: a script goes in, what the sink writes comes out. */
#ifndef OUTPUT_EVENTS_TEST_EVENT_LOG_H
#define OUTPUT_EVENTS_TEST_EVENT_LOG_H

#include "output/events/events.h"
#include "output/test_render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

typedef struct sink *(*event_sink_new)(const struct event_options *, const struct output_options *);

/* What `create`'s sink writes of the script; the text lives until render_end. */
static inline const char *event_log(struct render *render, event_sink_new create,
				    const struct event_options *options, const char *const *lines)
{
	render_prepare(render);
	render->sink = create(options, &render->options);
	render_open(render);
	render_lines(render, lines);
	render_close(render);
	if (render->result < 0)
		fail_msg("%s", render->error.text);
	return buf_cstr(&render->text);
}

/* Compares line by line, so that a difference is readable. */
static inline void check_lines(const char *text, const char *want)
{
	struct str got = str_of(text), expected = str_of(want);

	while (got.p && expected.p) {
		struct str a = str_cut(&got, '\n'), b = str_cut(&expected, '\n');

		if (!str_eq(a, b))
			fail_msg("line |%.*s|\n     want |%.*s|", (int)a.n, a.p, (int)b.n, b.p);
	}
	assert_null(got.p);
	assert_null(expected.p);
}

/* One run, compared with all that it should write. */
static inline void check_log(event_sink_new create, const struct event_options *options,
			     const char *const *lines, const char *want)
{
	struct render render = {0};

	check_lines(event_log(&render, create, options, lines), want);
	render_end(&render);
}

#endif
