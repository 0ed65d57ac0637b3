/*
 * Opening an input. Key decision: what a file is, is told by its first bytes, never by its name;
 * a pipe is poured into memory first, so that every reader sees a file that can be sought.
 */
#include "cli/input.h"

#include "base/cleanup.h"
#include "source/input.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define HEAD_BYTES 4096

static int pour(int fd, const char *name, struct error *err)
{
	cleanup_close int memory = memfd_create("input", MFD_CLOEXEC);
	char chunk[1 << 16];
	ssize_t n;

	if (memory < 0)
		return error_set(err, errno, "cannot read %s: %s", name, error_name(errno));
	while ((n = read(fd, chunk, sizeof chunk)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || write(memory, chunk, (size_t)n) != n)
			return error_set(err, errno, "cannot read %s: %s", name, error_name(errno));
	}
	return steal_fd(&memory);
}

/* A descriptor that can be sought and holds all of the input. */
static int open_seekable(const struct env *env, const char *path, const char *name,
			 struct error *err)
{
	cleanup_close int fd = -1;
	struct stat st;

	/* O_NONBLOCK: a FIFO that nobody writes must not hang us */
	fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
		  : fcntl(env->in_fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "cannot read %s: %s", name, error_name(errno));
	if (S_ISDIR(st.st_mode))
		return error_set(err, EISDIR, "cannot read %s: it is a directory", name);
	if (S_ISREG(st.st_mode))
		return steal_fd(&fd);
	if (!S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode) && !S_ISCHR(st.st_mode))
		return error_set(err, EINVAL, "cannot read %s: it is a device", name);
	if (path)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	return pour(fd, name, err);
}

static bool is_regular(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

int cli_open_input(const struct env *env, const char *path, int32_t root_pid,
		   struct source **ret_source, struct error *err)
{
	bool standard = !path || strcmp(path, "-") == 0;
	const char *name = standard ? "standard input" : path;
	cleanup_close int fd = open_seekable(env, standard ? NULL : path, name, err);
	struct source *source;
	char head[HEAD_BYTES];
	enum input_kind kind;
	ssize_t n;
	int r;

	if (fd < 0)
		return fd;
	n = pread(fd, head, sizeof head, 0);
	if (n < 0)
		return error_set(err, errno, "cannot read %s: %s", name, error_name(errno));
	if (n == 0)
		return error_set(err, EINVAL, "%s is empty: it holds no recording", name);
	kind = input_recognise(head, (size_t)n);
	if (recording_recognise(head, (size_t)n)) {
		if (standard && !is_regular(env->in_fd))
			return error_set(err, EINVAL,
					 "a recording cannot be read from a pipe: "
					 "name its file");
		source = recording_source_new(standard ? "/dev/stdin" : path);
	} else if (kind != INPUT_UNKNOWN) {
		lseek(fd, 0, SEEK_SET);
		source = input_source_new(&(struct input_options){
			.fd = steal_fd(&fd), .name = name, .kind = kind, .root_pid = root_pid});
	} else {
		return error_set(err, EINVAL,
				 "%s is neither a recording nor JSON Lines nor a proctrace file",
				 name);
	}
	r = source->ops->open(source, err);
	if (r < 0) {
		source->ops->close(source);
		return r;
	}
	*ret_source = source;
	return 0;
}
