/* The event sources there are, and the choice among them. */
#ifndef SOURCE_PICK_H
#define SOURCE_PICK_H

#include "base/root.h"
#include "flow/source.h"
#include "source/launch.h"

/* A cgroup whose processes the sources mark (record.covered), those of its descendants too. */
struct cgroup_ref {
	uint64_t id;        /* of its directory, as the kernel numbers it in its hierarchy */
	uint32_t hierarchy; /* 0: cgroup v2; else that of /proc/PID/cgroup */
	const char *path;   /* below the hierarchy's root, "/system.slice/ssh.service" */
	/* So that a new directory of that path is known when it is made: the end of the path, below
	 * the cgroup with this id. NULL: it is not known so. */
	const char *below;
	uint64_t top_id;
};

struct source_options {
	const struct root *root;
	struct launch *launch; /* the command to start and follow; NULL: none */
	/* Every process of the machine, not only the tree of `launch`. A source that sees a tree only
	 * follows the processes of `attach` and their descendants; without any it does not open. */
	bool everything;
	const int32_t *attach; /* numbers as people see them */
	size_t attach_count;
	const struct cgroup_ref *cgroups;
	unsigned cgroup_count;
	bool threads;      /* CLONE and THREAD_EXIT records too */
	bool failed_execs; /* BAD_EXEC records too */
	bool polls;        /* "auto" may go without events for a command, too: samples are enough */
	uint64_t ring_bytes; /* BPF ring; a power of two times the page size */
	int64_t interval_ns; /* of who looks again and again: from look to look; 0: a second */
	void (*debug)(const char *format, ...) __attribute__((format(printf, 1, 2))); /* or NULL */
};

/* One row of the table of `--source` and of `pscope doctor`. */
struct source_kind {
	const char *name, *summary;
	unsigned capabilities;
	/* Can it work here? 0, or -errno with what is missing and what would help. Cheap: no events. */
	int (*probe)(const struct source_options *options, struct error *why);
	struct source *(*create)(const struct source_options *options);
	/* Lets the command of its options go, under this source: after open. Its pid is then in
	 * launch->pid; launch_result tells whether it could be executed. */
	int (*start)(struct source *source, struct launch *launch, struct error *err);
	/* For doctor: one call of `line` per hook or feature. NULL: nothing to say. */
	void (*details)(const struct source_options *options,
			void (*line)(void *context, const char *feature, bool available,
				     const char *note),
			void *context);
};

extern const struct source_kind *const source_kinds[];
extern const unsigned source_kind_count;

/* Is it NULL, "auto" or a source's name? If not, the sentence lists the names. */
bool source_is_known(const char *name, struct error *err);

/*
 * Opens the best source for the options, or the one named. Fills run->source and run->tried.
 * Returns 0 with an open source, or -errno with a sentence (all the reasons when none opened).
 */
int source_pick(const char *name, const struct source_options *options, struct run *run,
		struct source **ret_source, const struct source_kind **ret_kind, struct error *err);

#endif
