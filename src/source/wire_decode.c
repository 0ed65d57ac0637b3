/*
 * Wire records -> records. Key decision: one table row per kind says how long its fixed part is and
 * who reads it; every length is checked there once, before anything is read.
 */
#include "source/wire_decode.h"

#include "base/buf.h"
#include "base/mem.h"
#include "source/wire_join.h"

#include <errno.h>
#include <stdlib.h>

#define QUEUE_MAX 4

struct wire_decoder {
	struct record queue[QUEUE_MAX];
	unsigned queued, taken;
	struct buf text; /* what a record's slices point to when not to the bytes fed */
	struct wire_joins *joins;
};

/* Where decoding one record reads from and how much of it there is. */
struct input {
	const struct wire_header *h;
	const char *bytes;
	size_t size;
};

static struct ident ident_of(int32_t tgid, uint64_t start_ns, uint32_t grain_ns)
{
	if (tgid <= 0)
		return (struct ident){0};
	return (struct ident){tgid, start_ns ? grain_ns : 0, start_ns};
}

static void take_standing(struct standing *out, const struct wire_standing *in)
{
	*out = (struct standing){
		.ppid = in->ppid,
		.pgid = in->pgid,
		.sid = in->sid,
		.uid = {in->uid[0], in->uid[1], in->uid[2]},
		.gid = {in->gid[0], in->gid[1], in->gid[2]},
	};
}

/* A fixed array that need not be terminated; empty means unknown. */
static struct str take_comm(const char comm[16])
{
	size_t n = strnlen(comm, 16);

	return n ? (struct str){comm, n} : STR_NONE;
}

/* The next `n` bytes behind the struct; the caller has checked that they are there. */
static struct str take_bytes(const char **at, size_t n)
{
	struct str piece = {*at, n};

	*at += n;
	return piece;
}

static struct str until_nul(struct str text)
{
	return (struct str){text.p, strnlen(text.p, text.n)};
}

static struct str known_text(struct str text)
{
	text = until_nul(text);
	return text.n ? text : STR_NONE;
}

static struct record *emit(struct wire_decoder *d, enum record_kind kind,
			   const struct wire_header *h)
{
	struct record *record = &d->queue[d->queued++];

	*record = record_make(kind, (int64_t)h->time_ns,
			      ident_of(h->tgid, h->start_ns, h->start_grain_ns), h->pid);
	record->covered = h->flags & WIRE_COVERED;
	return record;
}

static int decode_fork(struct wire_decoder *d, const struct input *in)
{
	const struct wire_fork *w = (const void *)in->h;
	struct record *r = emit(d, RECORD_FORK, in->h);

	take_standing(&r->standing, &w->standing);
	r->fork.parent = ident_of(w->parent_tgid, w->parent_start_ns, in->h->start_grain_ns);
	if (w->forker_tgid != w->parent_tgid || w->forker_start_ns != w->parent_start_ns) {
		r->fork.forker =
			ident_of(w->forker_tgid, w->forker_start_ns, in->h->start_grain_ns);
		r->fork.forker_pid = w->forker_pid;
	}
	r->fork.forker_tid = w->forker_tid;
	r->fork.comm = take_comm(w->comm);
	return 0;
}

static int decode_thread(struct wire_decoder *d, const struct input *in)
{
	bool begins = in->h->kind == WIRE_CLONE;
	struct record *r = emit(d, begins ? RECORD_CLONE : RECORD_THREAD_EXIT, in->h);

	r->tid = in->h->tid;
	if (begins)
		r->new_id = ((const struct wire_clone *)in->h)->parent_tid;
	return 0;
}

/*
 * Components that come last first, each ended by NUL, -> a path. An empty component is where a
 * mounted tree ends: it adds nothing.
 */
static struct str join_reversed(struct buf *out, struct str parts)
{
	size_t from = out->n;

	while (parts.n) {
		size_t begin = parts.n - (parts.p[parts.n - 1] == 0), end = begin;

		while (begin && parts.p[begin - 1])
			begin--;
		if (end > begin && !(end - begin == 1 && parts.p[begin] == '/')) {
			buf_add_char(out, '/');
			buf_add(out, parts.p + begin, end - begin);
		}
		parts.n = begin;
	}
	if (out->n == from)
		buf_add_char(out, '/');
	return (struct str){out->p + from, out->n - from};
}

static struct str take_cwd(struct wire_decoder *d, struct str bytes, unsigned flags)
{
	/* the tail of a path would pass for a relative one */
	if (!bytes.n || flags & WIRE_CWD_TRUNCATED)
		return STR_NONE;
	if (flags & WIRE_CWD_REVERSED)
		return join_reversed(&d->text, bytes);
	return known_text(bytes);
}

/* argv's words each end in NUL; one that was cut gets its NUL in a copy. */
static struct str take_argv(struct wire_decoder *d, struct str argv)
{
	size_t at = d->text.n;

	if (argv.n && argv.p[argv.n - 1]) {
		buf_add_str(&d->text, argv);
		buf_add_char(&d->text, 0);
		return (struct str){d->text.p + at, argv.n + 1};
	}
	return argv;
}

static int decode_exec(struct wire_decoder *d, const struct input *in)
{
	const struct wire_exec *w = (const void *)in->h;
	const char *at = in->bytes;
	struct record *r;
	struct str cwd, argv;

	if ((uint64_t)w->filename_size + w->cwd_size + w->argv_size > in->size)
		return -EBADMSG;
	r = emit(d, RECORD_EXEC, in->h);
	r->tid = in->h->tid;
	take_standing(&r->standing, &w->standing);
	r->exec.filename = known_text(take_bytes(&at, w->filename_size));
	cwd = take_bytes(&at, w->cwd_size);
	argv = take_bytes(&at, w->argv_size);
	/* Both may be copied: the room is made first, so that the first copy does not move. */
	buf_reserve(&d->text, 2 * cwd.n + argv.n + 4);
	r->exec.cwd = take_cwd(d, cwd, w->cwd_flags);
	r->exec.cwd_truncated = w->cwd_flags & WIRE_CWD_TRUNCATED;
	r->exec.argv = argv.n || !w->args_bytes ? take_argv(d, argv) : STR_NONE;
	r->exec.args_bytes = w->args_bytes > argv.n ? w->args_bytes : argv.n;
	r->exec.args_truncated = w->args_bytes > argv.n;
	r->exec.cgroup_id = w->cgroup_id;
	r->exec.comm = take_comm(w->comm);
	return 0;
}

static int decode_bad_exec(struct wire_decoder *d, const struct input *in)
{
	const struct wire_bad_exec *w = (const void *)in->h;
	const char *at = in->bytes;
	struct record *r;

	if (w->filename_size > in->size)
		return -EBADMSG;
	r = emit(d, RECORD_BAD_EXEC, in->h);
	r->tid = in->h->tid;
	r->bad_exec.filename = known_text(take_bytes(&at, w->filename_size));
	r->bad_exec.error = w->error;
	return 0;
}

static int decode_exit(struct wire_decoder *d, const struct input *in)
{
	const struct wire_exit *w = (const void *)in->h;
	struct ending ending = status_decode(w->status);
	struct record *r;

	if (!wire_joins_exit(d->joins, w))
		return 0;
	if (ending.known && ending.core_dumped) {
		r = emit(d, RECORD_CORE, in->h);
		r->inferred = true;
		r->core_signal = ending.signal;
	}
	r = emit(d, RECORD_EXIT, in->h);
	r->tid = in->h->tid;
	take_standing(&r->standing, &w->standing);
	r->exit.status = w->status;
	return 0;
}

static int decode_settled(struct wire_decoder *d, const struct input *in)
{
	struct record_settled settled;

	if (wire_joins_settled(d->joins, (const void *)in->h, &settled))
		emit(d, RECORD_SETTLED, in->h)->settled = settled;
	return 0;
}

static int decode_comm(struct wire_decoder *d, const struct input *in)
{
	const struct wire_comm *w = (const void *)in->h;
	struct record *r = emit(d, RECORD_COMM, in->h);

	r->tid = in->h->tid;
	r->inferred = in->h->flags & WIRE_INFERRED;
	r->comm.old = take_comm(w->old);
	r->comm.comm = (struct str){w->comm, strnlen(w->comm, sizeof w->comm)};
	return 0;
}

/*
 * One record per thing that the standing tells; the table drops those that are no change. They
 * carry none of the standing themselves, or the same changes would be inferred from it again.
 */
static int decode_ids(struct wire_decoder *d, const struct input *in)
{
	const struct wire_standing *w = &((const struct wire_ids *)in->h)->standing;
	const struct {
		enum record_kind kind;
		bool known;
		int32_t id;
		struct ids ids;
	} parts[] = {
		{RECORD_SID,  w->sid > 0,               w->sid,  {0}                              },
		{RECORD_PGID, w->pgid > 0,              w->pgid, {0}                              },
		{RECORD_UID,  w->uid[1] != UID_UNKNOWN, 0,       {w->uid[0], w->uid[1], w->uid[2]}},
		{RECORD_GID,  w->gid[1] != UID_UNKNOWN, 0,       {w->gid[0], w->gid[1], w->gid[2]}},
	};

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct record *r;

		if (!parts[i].known)
			continue;
		r = emit(d, parts[i].kind, in->h);
		r->standing.ppid = w->ppid;
		if (parts[i].id)
			r->new_id = parts[i].id;
		else
			r->ids = parts[i].ids;
	}
	return 0;
}

static int decode_signal(struct wire_decoder *d, const struct input *in)
{
	const struct wire_signal *w = (const void *)in->h;
	struct record *r = emit(d, RECORD_SIGNAL, in->h);

	r->tid = in->h->tid;
	r->signal = (struct record_signal){
		.signal = w->signal,
		.code = w->code,
		.sender_pid = w->sender_pid,
		.sender_uid = w->sender_uid,
		.sender_comm = take_comm(w->sender_comm),
		.fatal = w->fatal,
	};
	return 0;
}

static int decode_core(struct wire_decoder *d, const struct input *in)
{
	emit(d, RECORD_CORE, in->h)->core_signal = ((const struct wire_core *)in->h)->signal;
	return 0;
}

static int decode_oom(struct wire_decoder *d, const struct input *in)
{
	struct record *r = emit(d, RECORD_OOM, in->h);

	usage_set(&r->usage, USAGE_RSS_BYTES, ((const struct wire_oom *)in->h)->rss_bytes);
	return 0;
}

static int decode_ptrace(struct wire_decoder *d, const struct input *in)
{
	struct record *r = emit(d, RECORD_PTRACE, in->h);

	r->tid = in->h->tid;
	r->new_id = ((const struct wire_ptrace *)in->h)->tracer_pid;
	return 0;
}

static int decode_gap(struct wire_decoder *d, const struct input *in)
{
	const struct wire_gap *w = (const void *)in->h;
	struct record *r;

	if (w->text_size > in->size || w->from_ns > INT64_MAX)
		return -EBADMSG;
	r = emit(d, RECORD_GAP, in->h);
	r->gap = (struct record_gap){
		.reason = until_nul((struct str){in->bytes, w->text_size}),
		.lost = w->lost,
		.from_ns = (int64_t)w->from_ns,
		.to_ns = (int64_t)in->h->time_ns,
	};
	return 0;
}

static int decode_mark(struct wire_decoder *d, const struct input *in)
{
	const struct wire_mark *w = (const void *)in->h;

	if (w->text_size > in->size)
		return -EBADMSG;
	emit(d, RECORD_MARK, in->h)->mark = until_nul((struct str){in->bytes, w->text_size});
	return 0;
}

static int decode_seen(struct wire_decoder *d, const struct input *in)
{
	const struct wire_seen *w = (const void *)in->h;
	const char *at = in->bytes;
	struct record *r;
	struct str argv;

	if ((uint64_t)w->filename_size + w->argv_size > in->size)
		return -EBADMSG;
	r = emit(d, RECORD_SEEN, in->h);
	r->inferred = in->h->flags & WIRE_INFERRED;
	take_standing(&r->standing, &w->standing);
	r->seen.parent = ident_of(w->parent_tgid, w->parent_start_ns, in->h->start_grain_ns);
	r->seen.comm = take_comm(w->comm);
	r->seen.filename = known_text(take_bytes(&at, w->filename_size));
	argv = take_bytes(&at, w->argv_size);
	r->seen.argv = argv.n ? take_argv(d, argv) : STR_NONE;
	return 0;
}

static const struct {
	size_t size; /* of the fixed part */
	int (*decode)(struct wire_decoder *d, const struct input *in);
} kinds[WIRE_KINDS] = {
	[WIRE_FORK] = {sizeof(struct wire_fork),     decode_fork    },
	[WIRE_CLONE] = {sizeof(struct wire_clone),    decode_thread  },
	[WIRE_EXEC] = {sizeof(struct wire_exec),     decode_exec    },
	[WIRE_BAD_EXEC] = {sizeof(struct wire_bad_exec), decode_bad_exec},
	[WIRE_EXIT] = {sizeof(struct wire_exit),     decode_exit    },
	[WIRE_THREAD_EXIT] = {sizeof(struct wire_header),   decode_thread  },
	[WIRE_SETTLED] = {sizeof(struct wire_settled),  decode_settled },
	[WIRE_COMM] = {sizeof(struct wire_comm),     decode_comm    },
	[WIRE_IDS] = {sizeof(struct wire_ids),      decode_ids     },
	[WIRE_SIGNAL] = {sizeof(struct wire_signal),   decode_signal  },
	[WIRE_CORE] = {sizeof(struct wire_core),     decode_core    },
	[WIRE_OOM] = {sizeof(struct wire_oom),      decode_oom     },
	[WIRE_GAP] = {sizeof(struct wire_gap),      decode_gap     },
	[WIRE_MARK] = {sizeof(struct wire_mark),     decode_mark    },
	[WIRE_SEEN] = {sizeof(struct wire_seen),     decode_seen    },
	[WIRE_PTRACE] = {sizeof(struct wire_ptrace),   decode_ptrace  },
};

struct wire_decoder *wire_decoder_new(void)
{
	struct wire_decoder *d = mem_alloc(sizeof *d);

	d->joins = wire_joins_new();
	return d;
}

struct wire_decoder *wire_decoder_free(struct wire_decoder *d)
{
	if (d) {
		wire_joins_free(d->joins);
		buf_deinit(&d->text);
		free(d);
	}
	return NULL;
}

int wire_decoder_feed(struct wire_decoder *d, const void *bytes, size_t size)
{
	const struct wire_header *h = bytes;

	d->queued = d->taken = 0;
	buf_clear(&d->text);
	if ((uintptr_t)bytes % 8 || size < sizeof *h || h->size != size || size % 8 ||
	    h->kind >= WIRE_KINDS || !kinds[h->kind].decode || size < kinds[h->kind].size ||
	    h->time_ns > INT64_MAX)
		return -EBADMSG;
	return kinds[h->kind].decode(d, &(struct input){
						.h = h,
						.bytes = (const char *)bytes + kinds[h->kind].size,
						.size = size - kinds[h->kind].size,
					});
}

int wire_decoder_next(struct wire_decoder *d, struct record *ret)
{
	if (d->taken == d->queued)
		return 0;
	*ret = d->queue[d->taken++];
	return 1;
}
