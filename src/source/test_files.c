/* Descriptors and mappings as this very process has them, and as a captured tree tells of them. */
#include "source/files.h"

#include "base/buf.h"
#include "base/text.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct root root;
	char dir[32];
	int dirfd; /* of this process */
	struct open_file_list files;
	struct mapping_list maps;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	strcpy(f->dir, "/tmp/pscope-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(root_open(&f->root, NULL, NULL), 0);
	f->dirfd = root_open_pid(&f->root, getpid());
	assert_true(f->dirfd >= 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[64];

	snprintf(command, sizeof command, "rm -rf %s", f->dir);
	assert_int_equal(system(command), 0);
	open_file_list_deinit(&f->files);
	mapping_list_deinit(&f->maps);
	close(f->dirfd);
	root_close(&f->root);
	free(f);
	return 0;
}

static const struct open_file *find(struct fixture *f, int fd)
{
	open_file_list_deinit(&f->files);
	assert_int_equal(files_read(&f->root, f->dirfd, &f->files, NULL), 0);
	assert_false(f->files.denied);
	for (size_t i = 0; i < f->files.count; i++)
		if (f->files.items[i].fd == fd)
			return &f->files.items[i];
	return NULL;
}

static int make(struct fixture *f, const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/%s", f->dir, name);
	fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "12345", 5), 5);
	return fd;
}

static bool has_words(uint32_t flags, const char *wanted)
{
	struct buf words = BUF_INIT;
	unsigned at = 0;
	bool same;

	for (const char *word; (word = file_flag_next(flags, &at));)
		buf_printf(&words, "%s%s", words.n ? "," : "", word);
	same = str_is(buf_str(&words), wanted);
	buf_deinit(&words);
	return same;
}

static void test_file(void **state)
{
	struct fixture *f = *state;
	int fd = make(f, "a b");
	const struct open_file *file = find(f, fd);
	struct buf mode = BUF_INIT;
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_non_null(file);
	assert_int_equal(file->type, FILE_REGULAR);
	assert_true(file->stat_known && file->info_known && !file->deleted);
	assert_memory_equal(file->path.p, f->dir, strlen(f->dir));
	assert_int_equal(file->size_bytes, 5);
	assert_int_equal(file->position, 5);
	assert_int_equal(file->links, 1);
	assert_int_equal(file->inode, st.st_ino);
	assert_int_equal(file->device, st.st_dev);
	assert_int_equal(file->uid, st.st_uid);
	assert_true(file->mtime_ns == st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec);
	assert_true(has_words(file->flags, "rdwr,append,cloexec"));
	file_mode_add(&mode, file->mode);
	assert_string_equal(buf_cstr(&mode), "-rw-r-----");
	buf_deinit(&mode);
	close(fd);
	assert_null(find(f, fd));
}

static void unlink_in(struct fixture *f, const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", f->dir, name);
	assert_int_equal(unlink(path), 0);
}

static void test_deleted(void **state)
{
	struct fixture *f = *state;
	char one[128], two[128];
	const struct open_file *file;
	int gone = make(f, "gone"), named = make(f, "x (deleted)"), both = make(f, "y (deleted)"),
	    linked = make(f, "linked");

	unlink_in(f, "gone");
	unlink_in(f, "y (deleted)");
	snprintf(one, sizeof one, "%s/linked", f->dir);
	snprintf(two, sizeof two, "%s/other name", f->dir);
	assert_int_equal(link(one, two), 0);
	unlink_in(f, "linked");
	file = find(f, gone);
	assert_true(file->deleted && file->links == 0);
	assert_true(str_is(str_basename(file->path), "gone"));
	file = find(f, named);
	assert_false(file->deleted);
	assert_true(str_is(str_basename(file->path), "x (deleted)"));
	file = find(f, both);
	assert_true(file->deleted);
	assert_true(str_is(str_basename(file->path), "y (deleted)"));
	/* another name is left, but not the one that was opened */
	file = find(f, linked);
	assert_true(file->deleted && file->links == 1);
	assert_true(str_is(str_basename(file->path), "linked"));
	close(gone), close(named), close(both), close(linked);
}

static void test_types(void **state)
{
	struct fixture *f = *state;
	int pipes[2], pair[2];
	int epoll = epoll_create1(EPOLL_CLOEXEC), event = eventfd(3, EFD_NONBLOCK),
	    memory = memfd_create("my memory", 0), null = open("/dev/null", O_WRONLY),
	    directory = open(f->dir, O_PATH | O_DIRECTORY);

	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(find(f, pipes[0])->type, FILE_PIPE);
	assert_int_equal(find(f, pair[0])->type, FILE_SOCKET);
	assert_int_equal(find(f, epoll)->type, FILE_EVENTPOLL);
	assert_int_equal(find(f, null)->type, FILE_CHAR);
	assert_true(find(f, null)->rdev != 0);
	assert_int_equal(find(f, directory)->type, FILE_DIRECTORY);
	assert_true(has_words(find(f, directory)->flags, "path,directory"));
	assert_int_equal(find(f, event)->type, FILE_EVENTFD);
	assert_true(has_words(find(f, event)->flags, "rdwr,nonblock"));
	assert_true(str_starts(find(f, event)->info, STR("eventfd-count:")));
	assert_int_equal(find(f, memory)->type, FILE_MEMFD);
	assert_true(str_is(find(f, memory)->path, "/memfd:my memory"));
	assert_false(find(f, memory)->deleted);
	for (int i = 0; i < 2; i++)
		close(pipes[i]), close(pair[i]);
	close(epoll), close(event), close(memory), close(null), close(directory);
}

/* The kernel hands out names in pieces: all must come, each once, in order. */
static void test_many(void **state)
{
	struct fixture *f = *state;
	int first = open("/dev/null", O_RDONLY), last = first;

	for (int i = 0; i < 900; i++)
		last = dup(first);
	find(f, first);
	for (size_t i = 1; i < f->files.count; i++)
		assert_true(f->files.items[i - 1].fd < f->files.items[i].fd);
	assert_true(f->files.count > 900);
	assert_int_equal(find(f, last)->type, FILE_CHAR);
	for (int fd = first; fd <= last; fd++)
		close(fd);
}

static void test_gone(void **state)
{
	struct fixture *f = *state;
	int dirfd, held[2];
	pid_t child;
	char byte;

	assert_int_equal(pipe(held), 0);
	child = fork();
	if (child == 0) {
		close(held[1]);
		_exit(read(held[0], &byte, 1) < 0);
	}
	dirfd = root_open_pid(&f->root, child);
	assert_true(dirfd >= 0);
	close(held[0]), close(held[1]);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(files_read(&f->root, dirfd, &f->files, NULL), 1);
	assert_int_equal(mappings_read(&f->root, dirfd, false, &f->maps, NULL), 1);
	close(dirfd);
}

static const struct mapping *map_of(struct fixture *f, const void *p, bool sizes)
{
	mapping_list_deinit(&f->maps);
	assert_int_equal(mappings_read(&f->root, f->dirfd, sizes, &f->maps, NULL), 0);
	for (size_t i = 0; i < f->maps.count; i++)
		if (f->maps.items[i].start <= (uintptr_t)p && (uintptr_t)p < f->maps.items[i].end)
			return &f->maps.items[i];
	return NULL;
}

static void test_maps(void **state)
{
	struct fixture *f = *state;
	int gone = make(f, "gone"), named = make(f, "x (deleted)");
	size_t size = 65536;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *shared = mmap(NULL, size, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *a = mmap(NULL, 1, PROT_READ, MAP_SHARED, gone, 0);
	char *b = mmap(NULL, 1, PROT_READ, MAP_SHARED, named, 0);
	const struct mapping *map;

	unlink_in(f, "gone");
	memset(memory, 1, size);
	map = map_of(f, memory, true);
	assert_true(map->sizes_known && map->rss_bytes >= size && map->private_dirty_bytes >= size);
	assert_string_equal(map->permissions, "rw-p");
	map = map_of(f, shared, false);
	assert_true(!map->sizes_known && !map->deleted && str_is(map->path, "/dev/zero"));
	map = map_of(f, a, false);
	assert_true(map->deleted && str_is(str_basename(map->path), "gone"));
	map = map_of(f, b, false);
	assert_true(!map->deleted && str_is(str_basename(map->path), "x (deleted)"));
	munmap(memory, size), munmap(shared, size), munmap(a, 1), munmap(b, 1);
	close(gone), close(named);
}

/* A captured tree is text: what its links name here must not be asked. */
static void test_captured(void **state)
{
	struct fixture *f = *state;
	struct root root;
	char path[128];
	int dirfd;

	snprintf(path, sizeof path, "mkdir -p %s/proc/7/fd %s/proc/7/fdinfo", f->dir, f->dir);
	assert_int_equal(system(path), 0);
	assert_int_equal(root_open(&root, f->dir, NULL), 0);
	dirfd = root_open_pid(&root, 7);
	assert_int_equal(symlinkat("/dev/null", dirfd, "fd/10"), 0);
	assert_int_equal(symlinkat("socket:[5]", dirfd, "fd/9"), 0);
	assert_int_equal(symlinkat("/x (deleted)", dirfd, "fd/2"), 0);
	assert_int_equal(files_read(&root, dirfd, &f->files, NULL), 0);
	assert_int_equal(f->files.count, 3);
	assert_int_equal(f->files.items[0].fd, 2);
	assert_true(f->files.items[0].deleted && str_is(f->files.items[0].path, "/x"));
	assert_int_equal(f->files.items[1].type, FILE_SOCKET);
	assert_int_equal(f->files.items[2].type, FILE_UNKNOWN);
	assert_false(f->files.items[2].stat_known || f->files.items[2].info_known);
	assert_int_equal(mappings_read(&root, dirfd, false, &f->maps, NULL), 0);
	assert_true(f->maps.denied);
	close(dirfd);
	root_close(&root);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_file), CASE(test_deleted), CASE(test_types),    CASE(test_many),
		CASE(test_gone), CASE(test_maps),    CASE(test_captured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
