/*
 * Parses the text of a descriptor's link. Key decision: what does not begin with '/' is a name of
 * the kernel's own, and a table knows them; "anon_inode:" with or without brackets, since both are
 * in use.
 */
#include "procfs/fdlink.h"

static const struct {
	const char *start;
	enum file_type type;
} starts[] = {
	{"pipe:[",              FILE_PIPE     },
	{"socket:[",            FILE_SOCKET   },
	{"/memfd:",             FILE_MEMFD    },
	{"pidfd:[",             FILE_PIDFD    },
	{"cgroup:[",            FILE_NAMESPACE},
	{"ipc:[",               FILE_NAMESPACE},
	{"mnt:[",               FILE_NAMESPACE},
	{"net:[",               FILE_NAMESPACE},
	{"pid:[",               FILE_NAMESPACE},
	{"pid_for_children:[",  FILE_NAMESPACE},
	{"time:[",              FILE_NAMESPACE},
	{"time_for_children:[", FILE_NAMESPACE},
	{"user:[",              FILE_NAMESPACE},
	{"uts:[",               FILE_NAMESPACE},
};

/* Behind "anon_inode:" and perhaps '['. */
static const struct {
	const char *start;
	enum file_type type;
} anonymous[] = {
	{"eventfd",     FILE_EVENTFD    },
	{"eventpoll",   FILE_EVENTPOLL  },
	{"signalfd",    FILE_SIGNALFD   },
	{"timerfd",     FILE_TIMERFD    },
	{"inotify",     FILE_INOTIFY    },
	{"fanotify",    FILE_FANOTIFY   },
	{"pidfd",       FILE_PIDFD      },
	{"io_uring",    FILE_IO_URING   },
	{"bpf",         FILE_BPF        },
	{"btf",         FILE_BPF        },
	{"perf_event",  FILE_PERF       },
	{"userfaultfd", FILE_USERFAULTFD},
};

static enum file_type anonymous_type(struct str name)
{
	if (str_starts(name, STR("[")))
		name = str_skip(name, 1);
	for (size_t i = 0; i < sizeof anonymous / sizeof *anonymous; i++)
		if (str_starts(name, str_of(anonymous[i].start)))
			return anonymous[i].type;
	return FILE_ANON;
}

static bool ends_deleted(struct str text)
{
	struct str mark = PROCFS_DELETED;

	return text.n > mark.n && str_eq(str_skip(text, text.n - mark.n), mark);
}

enum file_type procfs_fdlink_parse(struct str link, struct str *ret_path, bool *ret_marked)
{
	struct str anon = STR("anon_inode:");
	size_t i = 0, count = sizeof starts / sizeof *starts;

	*ret_marked = ends_deleted(link);
	*ret_path = *ret_marked ? (struct str){link.p, link.n - PROCFS_DELETED.n} : link;
	if (str_starts(link, anon))
		return anonymous_type(str_skip(link, anon.n));
	while (i < count && !str_starts(link, str_of(starts[i].start)))
		i++;
	if (i == count)
		return FILE_UNKNOWN;
	/* somebody may keep a file "/memfd:x"; only a memory file has lost its name at birth */
	if (starts[i].type == FILE_MEMFD && !*ret_marked)
		return FILE_UNKNOWN;
	return starts[i].type;
}
