/*
 * What a descriptor is for, where neither its name nor stat(2) says it: the process of a pidfd, what
 * an epoll waits for, who locks. Key decision: a table over the lines of fdinfo, so that a kernel
 * that writes fewer of them only says less.
 */
#include "output/inspect/inspect_page.h"

#include "base/text.h"

#include <stdio.h>

enum { INFO_SHOWN = 8, LOCK_KIND = 1, LOCK_MODE = 3 };

struct info_row {
	enum file_type type;
	const char *key;  /* how its lines start */
	const char *text; /* stands before their values; or, counted, after their number */
	enum { INFO_WORD, INFO_HEX, INFO_COUNT } how;
};

static const struct info_row info_rows[] = {
	{FILE_PIDFD,     "Pid:",           " of process ", INFO_WORD },
	{FILE_EVENTFD,   "eventfd-count:", " count ",      INFO_HEX  },
	{FILE_EVENTPOLL, "tfd:",           " of ",         INFO_WORD },
	{FILE_INOTIFY,   "inotify wd:",    " watched",     INFO_COUNT},
	{FILE_CHAR,      "tty-index:",     " of pts/",     INFO_WORD },
};

/* The word number `n` of the line, from 0; empty when it has fewer. */
static struct str nth_word(struct str line, unsigned n)
{
	while (line.p) {
		struct str word = str_cut(&line, ' ');

		if (word.n > 0 && word.p[0] == '\t')
			word = str_skip(word, 1);
		if (word.n > 0 && n-- == 0)
			return word;
	}
	return STR("");
}

static void add_value(struct buf *out, const struct info_row *row, struct str line)
{
	struct str word = nth_word(line, 0);
	unsigned long long number;
	char hex[32];

	snprintf(hex, sizeof hex, "0x%.*s", (int)(word.n < 20 ? word.n : 20), word.p);
	if (row->how == INFO_HEX && str_to_u64(str_of(hex), &number) == 0)
		buf_add_u64(out, number);
	else if (row->type == FILE_PIDFD && str_is(word, "-1"))
		buf_add_text(out, "that has ended");
	else
		text_add_safe(out, word);
}

static void add_row(struct buf *out, const struct info_row *row, struct str info)
{
	struct str key = str_of(row->key);
	size_t count = 0;

	while (info.p) {
		struct str line = str_cut(&info, '\n');

		if (!str_starts(line, key))
			continue;
		count++;
		if (row->how == INFO_COUNT || count > INFO_SHOWN)
			continue;
		buf_add_text(out, count > 1 ? ", " : row->text);
		add_value(out, row, str_skip(line, key.n));
	}
	if (row->how == INFO_COUNT)
		buf_printf(out, " %zu%s", count, row->text);
	else if (count > INFO_SHOWN)
		buf_printf(out, " and %zu more", count - INFO_SHOWN);
}

/* "lock:\t1: FLOCK  ADVISORY  WRITE 19353 ...": fs/locks.c. */
static void add_locks(struct buf *out, struct str info)
{
	while (info.p) {
		struct str line = str_cut(&info, '\n');

		if (!str_starts(line, STR("lock:")))
			continue;
		line = str_skip(line, strlen("lock:"));
		buf_add_text(out, " (");
		text_add_safe(out, nth_word(line, LOCK_KIND));
		buf_add_char(out, ' ');
		text_add_safe(out, nth_word(line, LOCK_MODE));
		buf_add_text(out, " lock)");
	}
}

void page_add_info(const struct open_file *file, struct buf *out)
{
	if (file->info.n == 0)
		return;
	for (size_t i = 0; i < sizeof info_rows / sizeof *info_rows; i++)
		if (info_rows[i].type == file->type)
			add_row(out, &info_rows[i], file->info);
	add_locks(out, file->info);
}
