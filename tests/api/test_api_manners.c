/*
 * What a library must not do to the program that uses it: print, touch signals, the environment,
 * the locale or limits, leave descriptors open, mix up its threads, or forbid to be unloaded.
 */
#include "check.h"

#include <dirent.h>
#include <dlfcn.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Everything that the library has, once. */
static void use_all(const char *source)
{
	const char *argv[] = {"sh", "-c", "/bin/true", NULL};
	struct pscope *pscope = check_open(NULL);
	struct pscope_list *list = check_list(pscope, "aux");
	const struct pscope_event *event;
	struct pscope_sockets *sockets;
	struct pscope_events *events;
	struct pscope_files *files;
	struct pscope_host *host;
	struct pollfd wait;
	char text[4096];
	int r;

	assert_true(pscope_process_print_aux(pscope_list_at(list, 0), text, sizeof text) > 0);
	assert_done(pscope, pscope_list_sort(list, "-%cpu"));
	assert_done(pscope, pscope_list_set_filter(list, "user = root"));
	assert_done(pscope, pscope_list_refresh(list));
	assert_true(pscope_list_sort(list, "nothing") < 0);
	assert_done(pscope, pscope_host_new(pscope, PSCOPE_HOST_TASKS, &host));
	assert_done(pscope, pscope_host_refresh(host));
	assert_true(pscope_host_print(host, text, sizeof text) > 0);
	assert_done(pscope, pscope_files_read(pscope, getpid(), &files));
	assert_done(pscope, pscope_sockets_read(pscope, NULL, 0, &sockets));
	assert_done(pscope, pscope_events_new(pscope, &events));
	assert_done(pscope, pscope_events_set_source(events, source));
	if (pscope_events_open_command(events, argv) == 0) {
		wait = (struct pollfd){.fd = pscope_events_fd(events), .events = POLLIN};
		while ((r = pscope_events_next(events, &event)) != PSCOPE_EVENTS_END) {
			assert_true(r >= 0);
			if (r == PSCOPE_EVENTS_NONE)
				poll(&wait, 1, -1);
		}
	}
	pscope_events_free(events);
	pscope_sockets_free(sockets);
	pscope_files_free(files);
	pscope_host_free(host);
	pscope_list_free(list);
	pscope_close(pscope);
}

/* What a program has set up and expects to find again. */
struct surroundings {
	struct {
		void (*handler)(int);
		int flags;
		uint64_t mask; /* the kernel's; libc fills no more of a sigset_t */
	} actions[65];
	sigset_t mask;
	mode_t umask;
	char directory[4096], locale[256];
	char **environ, *first;
	size_t variables;
	struct rlimit limits[RLIM_NLIMITS];
	unsigned descriptors;
};

static unsigned count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void look_around(struct surroundings *s)
{
	memset(s, 0, sizeof *s);
	for (int number = 1; number < 65; number++) {
		struct sigaction action;

		if (sigaction(number, NULL, &action) < 0)
			continue;
		s->actions[number].handler = action.sa_handler;
		s->actions[number].flags = action.sa_flags;
		memcpy(&s->actions[number].mask, &action.sa_mask, sizeof(uint64_t));
	}
	pthread_sigmask(SIG_SETMASK, NULL, &s->mask);
	s->umask = umask(022);
	umask(s->umask);
	assert_non_null(getcwd(s->directory, sizeof s->directory));
	snprintf(s->locale, sizeof s->locale, "%s", setlocale(LC_ALL, NULL));
	s->environ = environ;
	s->first = environ[0];
	while (environ[s->variables])
		s->variables++;
	for (int resource = 0; resource < (int)RLIM_NLIMITS; resource++)
		getrlimit(resource, &s->limits[resource]);
	s->descriptors = count_descriptors();
}

static void on_signal(int number) {}

static void test_surroundings(void **state)
{
	struct surroundings *before = malloc(sizeof *before), *after = malloc(sizeof *after);
	char path[] = "/tmp/pscope-api.XXXXXX";
	int file = mkstemp(path), out = dup(1), err = dup(2);
	static const int own[] = {SIGCHLD, SIGPIPE, SIGTERM, SIGINT};
	struct stat st;

	unlink(path);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		sigaction(own[i], &(struct sigaction){.sa_handler = on_signal}, NULL);
	look_around(before);
	fflush(NULL);
	dup2(file, 1);
	dup2(file, 2);
	use_all("ptrace");
	use_all("bpf");
	dup2(out, 1);
	dup2(err, 2);
	look_around(after);
	assert_memory_equal(before, after, sizeof *before);
	assert_int_equal(fstat(file, &st), 0);
	assert_int_equal(st.st_size, 0); /* nothing was printed */
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		signal(own[i], SIG_DFL);
	close(file);
	close(out);
	close(err);
	free(before);
	free(after);
}

/* ---- threads ---- */

#define THREADS 4

static void *list_often(void *argument)
{
	int *done = argument;
	struct pscope *pscope;
	struct pscope_list *list;

	for (int round = 0; round < 10; round++) {
		struct pscope_value value;
		char text[256];

		if (pscope_open(NULL, &pscope) < 0 || pscope_list_new(pscope, "aux", &list) < 0 ||
		    pscope_list_sort(list, "-rss,pid") < 0 || pscope_list_refresh(list) < 0)
			return NULL;
		for (size_t i = 0; i < pscope_list_count(list); i++)
			pscope_process_print_aux(pscope_list_at(list, i), text, sizeof text);
		if (pscope_process_get(pscope_list_find(list, getpid()), "pid", &value) < 0 ||
		    value.as.i != getpid() || pscope_list_set_filter(list, "(") != -EINVAL ||
		    !strchr(pscope_last_error(pscope), '^'))
			return NULL;
		pscope_list_free(list);
		pscope_close(pscope);
	}
	*done = 1;
	return NULL;
}

static void test_threads(void **state)
{
	pthread_t threads[THREADS];
	int done[THREADS] = {0};

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, list_often, &done[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(done[i], 1);
	}
}

/* ---- libbpf's printer, which belongs to the whole process ---- */

typedef int (*printer)(int level, const char *format, va_list args);

static int own_printer(int level, const char *format, va_list args)
{
	return 0;
}

static void *open_often(void *argument)
{
	const char *argv[] = {"true", NULL};

	for (int round = 0; round < 6; round++) {
		struct pscope_events *events;
		struct pscope *pscope;

		if (pscope_open(NULL, &pscope) < 0 || pscope_events_new(pscope, &events) < 0)
			return NULL;
		pscope_events_set_source(events, "bpf");
		(void)pscope_events_open_command(events, argv); /* as nobody: it is refused */
		pscope_events_free(events);
		pscope_close(pscope);
	}
	return NULL;
}

static void test_printer(void **state)
{
	void *libbpf = dlopen("libbpf.so.1", RTLD_NOW | RTLD_NOLOAD);
	printer (*set_print)(printer own);
	pthread_t threads[THREADS];
	printer before;

	if (!libbpf)
		skip(); /* built without it */
	*(void **)&set_print = dlsym(libbpf, "libbpf_set_print");
	assert_non_null(set_print);
	before = set_print(own_printer);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, open_often, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_true(set_print(before) == own_printer);
	dlclose(libbpf);
	while (wait(NULL) > 0)
		; /* the commands were let go */
}

/* ---- loading ---- */

static void test_loading(void **state)
{
	for (int round = 0; round < 2; round++) {
		void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
		const char *(*version)(void);

		if (!library)
			print_error("%s\n", dlerror());
		assert_non_null(library);
		*(void **)&version = dlsym(library, "pscope_version");
		assert_non_null(version);
		assert_string_equal(version(), pscope_version());
		assert_null(dlsym(library, "root_open")); /* nothing of the inside */
		assert_int_equal(dlclose(library), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_surroundings),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_printer),
		cmocka_unit_test(test_loading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
