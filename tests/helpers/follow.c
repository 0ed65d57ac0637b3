/*
 * A source alone, without table or sinks: follow [-s SOURCE] [-t] [-f] [-q] [-r BYTES] COMMAND...
 * or everybody: follow -a [-g HIERARCHY:ID]... [...] [COMMAND...], which says "# ready";
 * -b: who ran before as well. -p PID, once or more often: everybody's, but of a source of trees.
 * Prints the records as text lines (those in one of the cgroups -g behind "covered "), then
 * "# counts ...". -t: threads, -f: failed execs, -q: only the counts, -r: the BPF ring's size,
 * -d: debugging on stderr.
 * It ends with the tree of the command; with -a, when FOLLOW_STOP_FD is readable and the cost of
 * whoever ended has come (for which it waits two seconds at most). Exit status: the command's, or
 * 125.
 */
#include "base/clock.h"
#include "model/record_text.h"
#include "model/status.h"
#include "source/pick.h"
#include "source/seen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CGROUPS 16
#define PIDS    16

struct follow {
	const char *source_name;
	struct source_options options;
	struct cgroup_ref cgroups[CGROUPS];
	int32_t pids[PIDS];
	bool quiet, before;
	int stop_fd; /* readable when told to stop */
	struct launch launch;
	struct source *source;
	uint64_t records;
	long unsettled;  /* processes that are not settled yet (-a: those that ended) */
	int64_t stop_ns; /* until then a stop waits for them; 0: not told to stop */
	int32_t status;
};

static void fail(const struct error *err)
{
	fprintf(stderr, "follow: %s\n", err->text);
	exit(125);
}

__attribute__((format(printf, 1, 2))) static void debug(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static void add_cgroup(struct follow *follow, const char *text)
{
	char *id;
	unsigned long hierarchy = strtoul(text, &id, 10);

	if (*id != ':' || follow->options.cgroup_count == CGROUPS)
		exit(2);
	follow->cgroups[follow->options.cgroup_count++] = (struct cgroup_ref){
		.id = strtoull(id + 1, NULL, 10), .hierarchy = (uint32_t)hierarchy, .path = text};
}

static void parse(struct follow *follow, int argc, char **argv)
{
	int option;

	follow->options.cgroups = follow->cgroups;
	follow->options.attach = follow->pids;
	follow->options.ring_bytes = 32u << 20;
	while ((option = getopt(argc, argv, "+s:tfqabdg:p:r:")) > 0) {
		switch (option) {
		case 'a':
			follow->options.everything = true;
			break;
		case 'b':
			follow->before = true;
			break;
		case 'd':
			follow->options.debug = debug;
			break;
		case 'g':
			add_cgroup(follow, optarg);
			break;
		case 'p':
			follow->options.everything = true;
			follow->pids[follow->options.attach_count++ % PIDS] = atoi(optarg);
			break;
		case 'r':
			follow->options.ring_bytes = strtoull(optarg, NULL, 10);
			break;
		case 's':
			follow->source_name = optarg;
			break;
		case 't':
			follow->options.threads = true;
			break;
		case 'f':
			follow->options.failed_execs = true;
			break;
		case 'q':
			follow->quiet = true;
			break;
		default:
			exit(2);
		}
	}
	if (optind == argc && !follow->options.everything)
		exit(2);
}

static void print(struct follow *follow, const struct record *record, int64_t start_ns)
{
	struct buf line = BUF_INIT;

	follow->records++;
	if (!record->inferred)
		follow->unsettled +=
			record->kind == (follow->options.everything ? RECORD_EXIT : RECORD_FORK);
	follow->unsettled -= record->kind == RECORD_SETTLED;
	if (record->kind == RECORD_EXIT && record->pid == follow->launch.pid)
		follow->status = record->exit.status;
	if (follow->quiet)
		return;
	if (record->covered)
		buf_add_str(&line, STR("covered "));
	record_text_format(record, start_ns, &line);
	fwrite(line.p, 1, line.n, stdout);
	if (!line.n || line.p[line.n - 1] != '\n')
		putchar('\n');
	buf_deinit(&line);
}

/* Who ran before. */
static void tell_seen(struct follow *follow, struct source *seen, int64_t start_ns)
{
	struct error err = {""};
	struct record record;

	while (seen->ops->next(seen, &record, &err) == SOURCE_RECORD)
		print(follow, &record, start_ns);
	seen->ops->close(seen);
}

static void pull_all(struct follow *follow, int64_t start_ns)
{
	struct source *source = follow->source;
	struct error err = {""};
	struct record record;
	int r;

	for (;;) {
		struct pollfd wait[2] = {
			{.fd = source->ops->fd(source), .events = POLLIN}
                };
		while ((r = source->ops->next(source, &record, &err)) == SOURCE_RECORD)
			print(follow, &record, start_ns);
		if (r < 0)
			fail(&err);
		/* A source of the whole system has no end of its own. */
		if (r == SOURCE_END || (!follow->options.everything &&
					follow->status != STATUS_UNKNOWN && !follow->unsettled))
			return;
		fflush(stdout);
		wait[1] = (struct pollfd){.fd = follow->stop_fd, .events = POLLIN};
		/* told to stop a round ago: what was there then has been read */
		if (follow->stop_ns && (!follow->options.everything || follow->unsettled <= 0 ||
					clock_boot_ns() > follow->stop_ns)) {
			source->ops->stop(source);
			follow->stop_ns = 0;
		}
		if (poll(wait, 2, source->ops->poll_ns || follow->stop_ns ? 20 : -1) > 0 &&
		    wait[1].revents) {
			follow->stop_ns = clock_boot_ns() + 2 * NS_PER_SEC;
			follow->stop_fd = -1;
		}
	}
}

int main(int argc, char **argv)
{
	struct follow follow = {.status = STATUS_UNKNOWN, .stop_fd = -1};
	struct launch_spec spec = {.stdout_fd = -1};
	const struct source_kind *kind = NULL;
	struct source_counts counts = {0};
	struct error err = {""};
	struct run run = {0};
	struct root root;
	struct source *seen = NULL;
	int64_t start_ns = clock_boot_ns();

	parse(&follow, argc, argv);
	spec.argv = argv + optind;
	follow.stop_fd = getenv("FOLLOW_STOP_FD") ? atoi(getenv("FOLLOW_STOP_FD")) : -1;
	launch_save_signals(&spec);
	follow.options.root = &root;
	if (argv[optind])
		follow.options.launch = &follow.launch;
	if (root_open(&root, NULL, &err) < 0 || launch_init(&follow.launch, &spec, &err) < 0)
		fail(&err);
	if (follow.before)
		seen = seen_new(
			&(struct seen_options){.root = &root,
					       .cgroups = follow.cgroups,
					       .cgroup_count = follow.options.cgroup_count});
	if (source_pick(follow.source_name, &follow.options, &run, &follow.source, &kind, &err) < 0)
		fail(&err);
	if (seen && seen->ops->open(seen, &err) < 0)
		fail(&err);
	if (follow.source->ops->begun)
		follow.source->ops->begun(follow.source);
	if (follow.options.everything) {
		printf("# ready\n");
		fflush(stdout);
	}
	if (seen)
		tell_seen(&follow, seen, start_ns);
	if (argv[optind] && kind->start(follow.source, &follow.launch, &err) < 0)
		fprintf(stderr, "follow: %s\n", err.text);
	pull_all(&follow, start_ns);
	if (follow.source->ops->counts)
		follow.source->ops->counts(follow.source, &counts);
	printf("# counts source=%s pid=%d records=%llu delivered=%llu lost=%llu\n", kind->name,
	       (int)follow.launch.pid, (unsigned long long)follow.records,
	       (unsigned long long)counts.delivered, (unsigned long long)counts.lost);
	follow.source->ops->close(follow.source);
	launch_deinit(&follow.launch);
	root_close(&root);
	return status_shell_code(follow.status);
}
