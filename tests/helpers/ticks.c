/*
 * ticks bpf|proc COUNT: scans all processes again and again in one process, as a sampler does, and
 * says what a pass costs: "processes=N open_ns=N median_ns=N best_ns=N" (CPU of this process; open:
 * the first pass and what comes before it).
 */
#include "source/scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PASSES_MAX 1000

static int64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int main(int argc, char **argv)
{
	int64_t spent[PASSES_MAX], begun = cpu_ns(), opened;
	int count = argc > 2 ? atoi(argv[2]) : 20;
	struct root root;
	struct scan_options options = {
		.root = &root,
		.parts = PART_BIT(PART_STAT) | PART_BIT(PART_OWNER) | PART_BIT(PART_RSS) |
			 PART_BIT(PART_IO),
		.way = argc > 1 && strcmp(argv[1], "bpf") == 0 ? SCAN_BPF : SCAN_PROC,
		.repeated = true,
	};
	struct snapshot_list list;
	struct scan *scan;
	struct error err;

	if (count < 1 || count > PASSES_MAX)
		return 2;
	snapshot_list_init(&list);
	if (root_open(&root, NULL, &err) < 0 || scan_new(&scan, &options, &err) < 0 ||
	    scan_pass(scan, &list, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	opened = cpu_ns() - begun;
	for (int i = 0; i < count; i++) {
		begun = cpu_ns();
		if (scan_pass(scan, &list, &err) < 0)
			return 1;
		spent[i] = cpu_ns() - begun;
	}
	qsort(spent, (size_t)count, sizeof *spent, compare);
	printf("processes=%zu open_ns=%" PRId64 " median_ns=%" PRId64 " best_ns=%" PRId64 "\n",
	       list.count, opened, spent[count / 2], spent[0]);
	snapshot_list_deinit(&list);
	scan_free(scan);
	root_close(&root);
	return 0;
}
