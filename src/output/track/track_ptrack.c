/*
 * The nested form of the old tracker: per process a map from time to what the kernel's files said,
 * as text. Key decision: what stands below one process is kept as JSON text until the end, because
 * its samples come between those of others. Times have fractions, so no sample hides another.
 */
#include "output/common.h"
#include "output/track/track_snapshot.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>
#include <unistd.h>

struct book {
	uint64_t id; /* proc.id */
	int32_t pid;
	struct buf logs;
	struct json json; /* writes into logs */
	UT_hash_handle hh;
};

struct ptrack {
	struct output output; /* first */
	struct track_feed feed;
	struct book *books; /* in the order in which they came */
};

/* ---- the texts that the kernel's files had ---- */

static void add_mem(struct buf *out, const struct snapshot *s)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	if (snapshot_knows(s, PART_BIT(PART_STATM)))
		buf_printf(out, "%llu %llu %llu %llu %llu %llu %llu\n",
			   (unsigned long long)(s->statm->size_bytes / page),
			   (unsigned long long)(s->statm->rss_bytes / page),
			   (unsigned long long)(s->statm->shared_bytes / page),
			   (unsigned long long)(s->statm->text_bytes / page),
			   (unsigned long long)(s->statm->library_bytes / page),
			   (unsigned long long)(s->statm->data_bytes / page),
			   (unsigned long long)(s->statm->dirty_bytes / page));
}

static void add_io(struct buf *out, const struct snapshot *s)
{
	const struct usage *io = snapshot_knows(s, PART_BIT(PART_IO)) ? s->io : NULL;

	if (io)
		buf_printf(out,
			   "rchar: %llu\nwchar: %llu\nsyscr: %llu\nsyscw: %llu\n"
			   "read_bytes: %llu\nwrite_bytes: %llu\ncancelled_write_bytes: %llu\n",
			   (unsigned long long)io->value[USAGE_READ_CHARS],
			   (unsigned long long)io->value[USAGE_WRITE_CHARS],
			   (unsigned long long)s->io_calls_read,
			   (unsigned long long)s->io_calls_written,
			   (unsigned long long)io->value[USAGE_READ_BYTES],
			   (unsigned long long)io->value[USAGE_WRITE_BYTES],
			   (unsigned long long)s->io_cancelled_bytes);
}

static void add_syscall(struct buf *out, const struct snapshot *s)
{
	if (snapshot_knows(s, PART_BIT(PART_SYSCALL)))
		buf_printf(out, "%.*s\n", (int)s->syscall.n, s->syscall.p);
}

static void add_fdmp(struct buf *out, const struct snapshot *s)
{
	for (size_t i = 0; i < s->fd_link_count; i++)
		buf_printf(out, "fd %d -> %.*s\n", s->fds[i].fd, (int)s->fds[i].target.n,
			   s->fds[i].target.p ? s->fds[i].target.p : "");
}

static void add_text(struct json *j, const char *key,
		     void (*add)(struct buf *out, const struct snapshot *s),
		     const struct snapshot *s)
{
	struct buf text = BUF_INIT;

	add(&text, s);
	json_key(j, key), json_str(j, buf_str(&text));
	buf_deinit(&text);
}

static struct str known_text(const struct snapshot *s, enum snapshot_part part, struct str text)
{
	return snapshot_knows(s, PART_BIT(part)) && text.p ? text : STR("");
}

static void add_log(struct json *j, const struct record *record, const struct snapshot *s,
		    const struct track_row *row)
{
	json_open(j, '{');
	json_key(j, "pid"), json_i64(j, record->pid);
	json_key(j, "status"), json_i64(j, 1); /* it is there */
	json_key(j, "cwd"), json_str(j, known_text(s, PART_CWD, s->cwd));
	json_key(j, "exe"), json_str(j, known_text(s, PART_EXE, s->exe));
	json_key(j, "cmdline"), json_str(j, known_text(s, PART_CMDLINE, s->cmdline));
	add_text(j, "mem", add_mem, s);
	add_text(j, "io", add_io, s);
	add_text(j, "syscall", add_syscall, s);
	json_key(j, "cpu");
	if (row->series[TRACK_CPU].known)
		json_double(j, row->series[TRACK_CPU].now);
	else
		json_null(j);
	json_key(j, "fd"), json_u64(j, s->fd_link_count);
	add_text(j, "fdmp", add_fdmp, s);
	json_close(j, '}');
}

/* ---- the sink ---- */

static struct book *book_of(struct ptrack *ptrack, const struct proc *proc)
{
	struct book *book;

	HASH_FIND(hh, ptrack->books, &proc->id, sizeof proc->id, book);
	if (book)
		return book;
	book = mem_alloc(sizeof *book);
	book->id = proc->id;
	book->pid = proc->pid;
	book->json = json_into(&book->logs);
	HASH_ADD(hh, ptrack->books, id, sizeof book->id, book);
	return book;
}

static int on_record(struct sink *sink, const struct record *record, const struct change *change,
		     struct error *err)
{
	struct ptrack *ptrack = (struct ptrack *)sink;
	const struct track_row *row;
	const struct snapshot *s;
	struct book *book;
	char time[40];

	if (record->kind != RECORD_SAMPLE || !change->proc)
		return 0;
	row = track_find(ptrack->feed.track, change->proc->id);
	s = ptrack->feed.snapshot(ptrack->feed.context, record);
	if (!row || !s)
		return 0;
	book = book_of(ptrack, change->proc);
	clock_rfc3339(track_real_ns(ptrack->output.run, record->time_ns), time);
	json_key(&book->json, time);
	add_log(&book->json, record, s, row);
	return 0;
}

static int on_close(struct sink *sink, const struct table *table, const struct run *run,
		    struct error *err)
{
	struct ptrack *ptrack = (struct ptrack *)sink;
	struct buf *out = &ptrack->output.file.pending;
	bool several = HASH_COUNT(ptrack->books) > 1;

	if (several)
		buf_add_char(out, '[');
	for (struct book *book = ptrack->books; book; book = book->hh.next) {
		buf_printf(out, "{\"pid\":%d,\"logs\":{", book->pid);
		buf_add_str(out, buf_str(&book->logs));
		buf_add_text(out, book->hh.next ? "}},\n" : "}}");
	}
	if (several)
		buf_add_char(out, ']');
	if (ptrack->books)
		buf_add_char(out, '\n');
	return output_commit(&ptrack->output, err);
}

static void ptrack_free(struct sink *sink)
{
	struct ptrack *ptrack = (struct ptrack *)sink;

	for (struct book *book = ptrack->books, *next; book; book = next) {
		next = book->hh.next;
		HASH_DEL(ptrack->books, book);
		buf_deinit(&book->logs);
		free(book);
	}
	output_free(sink);
}

static const struct sink_ops ptrack_ops = {
	.name = "ptrack",
	.open = output_open,
	.record = on_record,
	.close = on_close,
	.free = ptrack_free,
};

struct sink *track_ptrack_new(const struct track_feed *feed, const struct output_options *options)
{
	struct ptrack *ptrack = output_new(sizeof *ptrack, &ptrack_ops, options);

	ptrack->feed = *feed;
	return &ptrack->output.sink;
}
