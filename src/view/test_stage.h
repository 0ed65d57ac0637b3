/*
 * For the tests of the view: records go in as text, keys by name, and what is drawn comes out as text.
 * States come from what a snapshot of the round would say: "state PID LETTER".
 */
#ifndef VIEW_TEST_STAGE_H
#define VIEW_TEST_STAGE_H

#include "model/record_text.h"
#include "model/snapshot.h"
#include "view/view.h"

#include <stdlib.h>

#define STAGE_START_NS INT64_C(1000000000000)

struct stage {
	struct table table;
	struct record_text text;
	struct track *track;
	struct view *view;
	struct view_options options; /* set before stage_begin, but for what stage_begin makes */
	struct canvas canvas;
	struct snapshot_list snapshots;
	struct host host;
	struct host_cpu_share share;
	bool machine; /* rounds tell of the host */
	struct buf drawn;
	struct error error;
};

static inline struct str stage_user(void *context, uint32_t uid)
{
	return uid == 0 ? STR("root") : uid == 33 ? STR("www-data") : STR_NONE;
}

static const struct names stage_names = {.user = stage_user};

static inline void stage_begin(struct stage *stage)
{
	table_init(&stage->table, (struct table_limits){SIZE_MAX, 4}, NULL);
	stage->track = track_new(&(struct track_options){.start_ns = STAGE_START_NS});
	stage->text = (struct record_text){.start_ns = STAGE_START_NS, .last_ns = STAGE_START_NS};
	snapshot_list_init(&stage->snapshots);
	stage->options.command = stage->options.command ? stage->options.command : "track";
	stage->options.target = stage->options.target ? stage->options.target : "service mill";
	stage->options.source = "bpf";
	stage->options.track = stage->track;
	stage->options.table = &stage->table;
	stage->options.names = &stage_names;
	stage->options.interval_ns = 1000000000;
	stage->view = view_new(&stage->options);
	canvas_init(&stage->canvas, stage->canvas.ascii);
	canvas_resize(&stage->canvas, 80, 24);
}

static inline void stage_end(struct stage *stage)
{
	view_free(stage->view);
	track_free(stage->track);
	table_deinit(&stage->table);
	record_text_deinit(&stage->text);
	snapshot_list_deinit(&stage->snapshots);
	canvas_deinit(&stage->canvas);
	buf_deinit(&stage->drawn);
}

static inline void stage_feed(struct stage *stage, const struct record *record)
{
	struct change change;

	table_apply(&stage->table, record, &change);
	track_apply(stage->track, record, &change);
}

/* 0, or -EINVAL with stage->error. */
static inline int stage_line(struct stage *stage, const char *line)
{
	struct record record;
	int r = record_text_parse(&stage->text, str_of(line), &record, &stage->error);

	if (r == 1)
		stage_feed(stage, &record);
	return r < 0 ? r : 0;
}

/* Numbers in ascending order. */
static inline void stage_state(struct stage *stage, int32_t pid, char state)
{
	struct snapshot *s = snapshot_list_find(&stage->snapshots, pid);

	if (!s) {
		s = snapshot_list_add(&stage->snapshots);
		s->pid = s->tgid = pid;
	}
	s->stat.state = state;
}

/* What was sampled up to now is a round. */
static inline void stage_round(struct stage *stage)
{
	struct record record =
		record_make(RECORD_SAMPLE, stage->text.last_ns, (struct ident){0}, 0);
	const struct view_moment moment = {
		.now_ns = stage->text.last_ns,
		.host = stage->machine ? &stage->host : NULL,
		.share = stage->share,
		.snapshots = &stage->snapshots,
	};

	stage_feed(stage, &record);
	view_take(stage->view, &moment);
}

static inline const char *stage_draw(struct stage *stage)
{
	buf_clear(&stage->drawn);
	view_draw(stage->view, &stage->canvas);
	canvas_dump(&stage->canvas, &stage->drawn);
	return buf_cstr(&stage->drawn);
}

/* "Down", "Enter", ... or the characters of a word one by one. */
static inline enum view_outcome stage_press(struct stage *stage, const char *name)
{
	static const struct {
		const char *name;
		int key;
	} names[] = {
		{"Up",        INPUT_UP       },
                {"Down",      INPUT_DOWN     },
                {"Left",      INPUT_LEFT     },
		{"Right",     INPUT_RIGHT    },
                {"PgUp",      INPUT_PAGE_UP  },
                {"PgDn",      INPUT_PAGE_DOWN},
		{"Home",      INPUT_HOME     },
                {"End",       INPUT_END      },
                {"Enter",     INPUT_ENTER    },
		{"Esc",       INPUT_ESCAPE   },
                {"F1",        INPUT_F1       },
                {"Backspace", INPUT_BACKSPACE},
		{"Ctrl-C",    INPUT_CTRL_C   },
                {"Ctrl-U",    INPUT_CTRL_U   },
                {"Space",     ' '            },
	};
	enum view_outcome outcome = VIEW_GOES_ON;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i].name, name) == 0)
			return view_key(stage->view, names[i].key);
	for (; *name; name++)
		outcome = view_key(stage->view, (unsigned char)*name);
	return outcome;
}

#endif
