/* What a process holds open, in words. Key decision: the words are those of open(2) and ls(1). */
#include "model/file.h"

#include "base/buf.h"

#include <fcntl.h>
#include <sys/stat.h>

const char *const file_type_names[FILE_TYPES] = {
	[FILE_UNKNOWN] = "unknown",
	[FILE_REGULAR] = "file",
	[FILE_DIRECTORY] = "directory",
	[FILE_CHAR] = "char",
	[FILE_BLOCK] = "block",
	[FILE_PIPE] = "pipe",
	[FILE_FIFO] = "fifo",
	[FILE_SOCKET] = "socket",
	[FILE_LINK] = "link",
	[FILE_EVENTFD] = "eventfd",
	[FILE_EVENTPOLL] = "eventpoll",
	[FILE_SIGNALFD] = "signalfd",
	[FILE_TIMERFD] = "timerfd",
	[FILE_INOTIFY] = "inotify",
	[FILE_FANOTIFY] = "fanotify",
	[FILE_PIDFD] = "pidfd",
	[FILE_MEMFD] = "memfd",
	[FILE_IO_URING] = "io_uring",
	[FILE_BPF] = "bpf",
	[FILE_PERF] = "perf",
	[FILE_USERFAULTFD] = "userfaultfd",
	[FILE_NAMESPACE] = "namespace",
	[FILE_ANON] = "anon",
};

static const struct {
	uint32_t format;
	enum file_type type;
	char letter;
} formats[] = {
	{S_IFREG,  FILE_REGULAR,   '-'},
	{S_IFDIR,  FILE_DIRECTORY, 'd'},
	{S_IFCHR,  FILE_CHAR,      'c'},
	{S_IFBLK,  FILE_BLOCK,     'b'},
	{S_IFIFO,  FILE_FIFO,      'p'},
	{S_IFSOCK, FILE_SOCKET,    's'},
	{S_IFLNK,  FILE_LINK,      'l'},
};
#define FORMATS (sizeof formats / sizeof *formats)

enum file_type file_type_of_mode(uint32_t mode)
{
	for (size_t i = 0; i < FORMATS; i++)
		if ((mode & S_IFMT) == formats[i].format)
			return formats[i].type;
	return FILE_UNKNOWN;
}

void file_mode_add(struct buf *out, uint32_t mode)
{
	static const struct {
		uint32_t special;
		char with_execute, without;
	} thirds[] = {
		{S_ISUID, 's', 'S'},
                {S_ISGID, 's', 'S'},
                {S_ISVTX, 't', 'T'}
        };
	char letter = '?';

	for (size_t i = 0; i < FORMATS; i++)
		if ((mode & S_IFMT) == formats[i].format)
			letter = formats[i].letter;
	buf_add_char(out, letter);
	for (unsigned i = 0; i < 3; i++) {
		uint32_t bits = mode >> (6 - 3 * i) & 7;
		bool execute = bits & 1;

		buf_add_char(out, bits & 4 ? 'r' : '-');
		buf_add_char(out, bits & 2 ? 'w' : '-');
		if (mode & thirds[i].special)
			buf_add_char(out, execute ? thirds[i].with_execute : thirds[i].without);
		else
			buf_add_char(out, execute ? 'x' : '-');
	}
}

/* A descriptor of O_PATH can neither read nor write. The kernel drops O_CREAT and its kin. */
static const struct {
	uint32_t mask, value;
	const char *word;
} flag_words[] = {
	{O_PATH,             O_PATH,      "path"     },
	{O_PATH | O_ACCMODE, O_RDONLY,    "rdonly"   },
	{O_PATH | O_ACCMODE, O_WRONLY,    "wronly"   },
	{O_PATH | O_ACCMODE, O_RDWR,      "rdwr"     },
	{O_APPEND,           O_APPEND,    "append"   },
	{O_NONBLOCK,         O_NONBLOCK,  "nonblock" },
	{O_SYNC,             O_SYNC,      "sync"     },
	{O_SYNC,             O_DSYNC,     "dsync"    },
	{O_ASYNC,            O_ASYNC,     "async"    },
	{O_DIRECT,           O_DIRECT,    "direct"   },
	{O_TMPFILE,          O_TMPFILE,   "tmpfile"  },
	{O_TMPFILE,          O_DIRECTORY, "directory"},
	{O_NOFOLLOW,         O_NOFOLLOW,  "nofollow" },
	{O_NOATIME,          O_NOATIME,   "noatime"  },
	{O_CLOEXEC,          O_CLOEXEC,   "cloexec"  },
};

const char *file_flag_next(uint32_t flags, unsigned *at)
{
	while (*at < sizeof flag_words / sizeof *flag_words) {
		unsigned i = (*at)++;

		if ((flags & flag_words[i].mask) == flag_words[i].value)
			return flag_words[i].word;
	}
	return NULL;
}
