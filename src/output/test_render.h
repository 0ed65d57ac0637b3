/* For the tests of the formats: a script goes in, what the sink writes comes out. */
#ifndef OUTPUT_TEST_RENDER_H
#define OUTPUT_TEST_RENDER_H

#include "base/mem.h"
#include "model/infer.h"
#include "model/record_text.h"
#include "output/output.h"

#include <sys/mman.h>
#include <unistd.h>

#define RENDER_START_NS INT64_C(1000000000000)

/* A run as a recording of `make -j2` has it. */
static inline struct run render_run(void)
{
	return (struct run){
		.command = STR("make\0-j2\0"),
		.source = "bpf",
		.host = STR("forge"),
		.kernel = STR("6.1.0"),
		.version = STR("0.1.0"),
		.boot_id = STR("b00t"),
		.start_ns = RENDER_START_NS,
		.started_real_ns = INT64_C(1700000000123456789),
		.cpus = 2,
		.status = STATUS_UNKNOWN,
	};
}

struct render {
	struct output_options options;
	struct run run;
	struct table table;
	struct sink *sink;
	struct error error;
	struct buf text; /* what was written */
	int result;
};

/* Makes a place to write to; then a sink for it goes into render->sink and is opened. */
static inline void render_prepare(struct render *render)
{
	render->run = render_run();
	render->options.owner_uid = render->options.owner_gid = (unsigned)-1;
	render->options.out_fd = memfd_create("output", MFD_CLOEXEC);
	table_init(&render->table, (struct table_limits){.tombstones = SIZE_MAX}, NULL);
}

static inline void render_open(struct render *render)
{
	render->result = render->sink->ops->open(render->sink, &render->run, &render->error);
}

static inline void render_begin(struct render *render, const char *format)
{
	render_prepare(render);
	render->sink = output_find(format)->create(&render->options);
	render_open(render);
}

static inline void render_apply(struct render *render, const struct record *record)
{
	struct change change;

	table_apply(&render->table, record, &change);
	if (render->result >= 0 && render->sink->ops->record)
		render->result =
			render->sink->ops->record(render->sink, record, &change, &render->error);
}

static inline void render_lines(struct render *render, const char *const *lines)
{
	struct record_text text = {.start_ns = RENDER_START_NS, .last_ns = RENDER_START_NS};
	struct record record, inferred[INFER_MAX];

	for (; *lines; lines++) {
		int r = record_text_parse(&text, str_of(*lines), &record, &render->error);
		unsigned count;

		if (r < 0)
			render->result = r;
		if (r <= 0)
			continue;
		count = infer_changes(&render->table, &record, inferred);
		for (unsigned i = 0; i < count; i++)
			render_apply(render, &inferred[i]);
		render_apply(render, &record);
		render->run.records++;
		render->run.lost += record.kind == RECORD_GAP ? record.gap.lost : 0;
	}
	render->run.end_ns = text.last_ns;
	record_text_deinit(&text);
}

/* Reads what is in the file by now. */
static inline const char *render_read(struct render *render)
{
	char part[4096];
	ssize_t n;

	buf_clear(&render->text);
	while ((n = pread(render->options.out_fd, part, sizeof part, (off_t)render->text.n)) > 0)
		buf_add(&render->text, part, (size_t)n);
	return buf_cstr(&render->text);
}

static inline void render_close(struct render *render)
{
	const struct proc *root = render->table.first;

	render->run.ended = true;
	if (root)
		render->run.status = root->status;
	if (render->result >= 0)
		render->result = render->sink->ops->close(render->sink, &render->table,
							  &render->run, &render->error);
	render_read(render);
}

static inline void render_end(struct render *render)
{
	render->sink->ops->free(render->sink);
	table_deinit(&render->table);
	buf_deinit(&render->text);
	close(render->options.out_fd);
	*render = (struct render){0};
}

/* From script to text in one step; the text lives until render_end. */
static inline const char *render_script(struct render *render, const char *format,
					const char *const *lines)
{
	render_begin(render, format);
	render_lines(render, lines);
	render_close(render);
	return buf_cstr(&render->text);
}

#endif
