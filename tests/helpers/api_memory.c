/*
 * The library without memory: every allocation that it makes fails once, at each place in turn.
 * Prints one line a scenario: "NAME calls=N"; a crash or a wrong result is the status.
 *
 * Key decision: malloc and its kin are this program's own; they fail only for callers inside the
 * library, so that libc and the other libraries cannot be what is tested.
 */
#include <errno.h>
#include <link.h>
#include <pscope.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t n);

#define LEAST_CALLS 40 /* a helper may have failed where this process did not */

static uintptr_t library_from, library_to;
static long countdown; /* allocations of the library until one fails; 0: none does */
static bool failed;

static int find_library(struct dl_phdr_info *info, size_t size, void *argument)
{
	if (!strstr(info->dlpi_name, "libpscope.so"))
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
			continue;
		library_from = info->dlpi_addr + part->p_vaddr;
		library_to = library_from + part->p_memsz;
	}
	return 1;
}

static bool fails(void *caller)
{
	uintptr_t at = (uintptr_t)caller;

	if (countdown == 0 || at < library_from || at >= library_to)
		return false;
	if (--countdown > 0)
		return false;
	failed = true;
	errno = ENOMEM;
	return true;
}

EXPORTED void *malloc(size_t n)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(n);
}

EXPORTED void *calloc(size_t count, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

EXPORTED void *realloc(void *p, size_t n)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(p, n);
}

EXPORTED void *reallocarray(void *p, size_t count, size_t size)
{
	size_t n;

	if (fails(__builtin_return_address(0)) || __builtin_mul_overflow(count, size, &n))
		return NULL;
	return __libc_realloc(p, n);
}

/* ---- what is done without memory ---- */

static bool bad; /* a result that is neither done nor -ENOMEM */

static bool ok(int r)
{
	if (r < 0 && (r != -ENOMEM || !failed))
		bad = true;
	return r >= 0;
}

static void list(struct pscope *pscope)
{
	struct pscope_list *list = NULL;
	struct pscope_value value;
	char text[256];

	if (ok(pscope_list_new(pscope, "aux,cgroup,cpu_percent", &list)))
		pscope_list_free(list);
	list = NULL;
	if (!ok(pscope_list_new(pscope, "pid,user,command,rss,cpu_percent", &list)))
		return;
	ok(pscope_list_set_filter(list, "pid > 0 and comm =~ \".\" and rss < 100G"));
	ok(pscope_list_sort(list, "-rss,user"));
	for (int pass = 0; pass < 2; pass++) {
		ok(pscope_list_refresh(list));
		for (size_t i = 0; i < pscope_list_count(list) && i < 50; i++) {
			struct pscope_process *process = pscope_list_at(list, i);

			ok(pscope_process_get(process, "command", &value));
			ok(pscope_process_get(process, "user", &value));
			ok(pscope_process_print_aux(process, text, sizeof text));
			pscope_process_parent(process);
		}
		if (pscope_list_count(list) > 0)
			ok(pscope_process_refresh(pscope_list_at(list, 0)));
	}
	pscope_list_free(list);
}

static void host(struct pscope *pscope)
{
	struct pscope_host *host = NULL;
	struct pscope_value value;
	char text[4096];

	if (!ok(pscope_host_new(pscope, PSCOPE_HOST_TASKS, &host)))
		return;
	ok(pscope_host_refresh(host));
	ok(pscope_host_get(host, "users", &value));
	ok(pscope_host_print(host, text, sizeof text));
	ok(pscope_host_refresh(host));
	pscope_host_free(host);
}

static void files(struct pscope *pscope)
{
	struct pscope_sockets *sockets = NULL;
	struct pscope_files *files = NULL;
	int32_t self = getpid();

	ok(pscope_files_read(pscope, self, &files));
	ok(pscope_sockets_read(pscope, &self, 1, &sockets));
	pscope_sockets_free(sockets);
	pscope_files_free(files);
}

static void hear(struct pscope_events *events)
{
	const struct pscope_event *event;
	struct pscope_value value;
	int r;

	do {
		r = pscope_events_next(events, &event);
		if (r != -ECHILD) /* the helper had no memory and ended: that is said so */
			ok(r);
		if (r == PSCOPE_EVENTS_RECORD)
			ok(pscope_event_get(event, "name", &value));
	} while (r == PSCOPE_EVENTS_RECORD || r == PSCOPE_EVENTS_NONE);
	pscope_events_free(events);
}

static void file(struct pscope *pscope)
{
	struct pscope_events *events = NULL;

	if (!ok(pscope_events_new(pscope, &events)))
		return;
	if (ok(pscope_events_open_file(events, getenv("API_MEMORY_FILE"))))
		hear(events);
	else
		pscope_events_free(events);
}

static void command(struct pscope *pscope)
{
	static const char *const argv[] = {"sh", "-c", "/bin/true", NULL};
	struct pscope_events *events = NULL;

	if (!ok(pscope_events_new(pscope, &events)))
		return;
	ok(pscope_events_set_source(events, getenv("API_MEMORY_SOURCE")));
	/* a helper that has no memory ends: -ECHILD is as good */
	if (pscope_events_open_command(events, argv) >= 0)
		hear(events);
	else
		pscope_events_free(events);
}

static const struct {
	const char *name;
	void (*run)(struct pscope *pscope);
} scenarios[] = {
	{"list",    list   },
	{"host",    host   },
	{"files",   files  },
	{"file",    file   },
	{"command", command},
};

int main(int argc, char **argv)
{
	dl_iterate_phdr(find_library, NULL);
	if (argc != 2 || !library_to)
		return 2;
	for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
		long calls = 0;

		if (strcmp(argv[1], scenarios[i].name) != 0)
			continue;
		do {
			struct pscope *pscope;

			failed = false;
			/* dense at first, then with growing steps */
			calls += 1 + calls / 100;
			countdown = calls;
			if (ok(pscope_open(NULL, &pscope)))
				scenarios[i].run(pscope);
			pscope_close(pscope);
			countdown = 0;
		} while ((failed || calls < LEAST_CALLS) && !bad);
		printf("%s calls=%ld%s\n", scenarios[i].name, calls, bad ? " wrong result" : "");
		return bad;
	}
	return 2;
}
