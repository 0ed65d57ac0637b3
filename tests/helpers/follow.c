/*
 * A source alone, without table or sinks: follow [-s SOURCE] [-t] [-f] [-q] COMMAND...
 * Prints the records as text lines, then "# counts ...". -t: threads, -f: failed execs, -q: only
 * the counts. Ctrl-C stops the source. Exit status: the command's, or 125.
 */
#include "base/clock.h"
#include "model/record_text.h"
#include "model/status.h"
#include "source/pick.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct follow {
	const char *source_name;
	struct source_options options;
	bool quiet;
	int stop_fd; /* readable when told to stop */
	struct launch launch;
	struct source *source;
	uint64_t records;
	long unsettled; /* processes that are not settled yet */
	int32_t status;
};

static void fail(const struct error *err)
{
	fprintf(stderr, "follow: %s\n", err->text);
	exit(125);
}

static void parse(struct follow *follow, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+s:tfq")) > 0) {
		switch (option) {
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
}

static void print(struct follow *follow, const struct record *record, int64_t start_ns)
{
	struct buf line = BUF_INIT;

	follow->records++;
	follow->unsettled += (record->kind == RECORD_FORK) - (record->kind == RECORD_SETTLED);
	if (record->kind == RECORD_EXIT && record->pid == follow->launch.pid)
		follow->status = record->exit.status;
	if (follow->quiet)
		return;
	record_text_format(record, start_ns, &line);
	fwrite(line.p, 1, line.n, stdout);
	if (!line.n || line.p[line.n - 1] != '\n')
		putchar('\n');
	buf_deinit(&line);
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
		if (r == SOURCE_END || (follow->status != STATUS_UNKNOWN && !follow->unsettled))
			return;
		fflush(stdout);
		wait[1] = (struct pollfd){.fd = follow->stop_fd, .events = POLLIN};
		if (poll(wait, 2, source->ops->poll_ns ? 20 : -1) > 0 && wait[1].revents) {
			source->ops->stop(source);
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
	int64_t start_ns = clock_boot_ns();

	parse(&follow, argc, argv);
	spec.argv = argv + optind;
	follow.stop_fd = getenv("FOLLOW_STOP_FD") ? atoi(getenv("FOLLOW_STOP_FD")) : -1;
	launch_save_signals(&spec);
	follow.options.root = &root;
	follow.options.launch = &follow.launch;
	follow.options.ring_bytes = 32u << 20;
	if (root_open(&root, NULL, &err) < 0 || launch_init(&follow.launch, &spec, &err) < 0 ||
	    source_pick(follow.source_name, &follow.options, &run, &follow.source, &kind, &err) < 0)
		fail(&err);
	if (kind->start(follow.source, &follow.launch, &err) < 0)
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
