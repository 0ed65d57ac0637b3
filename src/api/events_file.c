/*
 * Opening a file of records. Key decision: its first bytes tell what it is, never its name; and only
 * regular files are taken, so that a library never hangs on a FIFO.
 */
#include "api/events_file.h"

#include "base/cleanup.h"
#include "source/text/input.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define HEAD_BYTES 4096

static int open_regular(const char *path, struct error *err)
{
	/* O_NONBLOCK: until it is known that it is no FIFO */
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "cannot read %s: %s", path, error_name(errno));
	if (!S_ISREG(st.st_mode))
		return error_set(err, S_ISDIR(st.st_mode) ? EISDIR : EINVAL,
				 "cannot read %s: it is no regular file", path);
	return steal_fd(&fd);
}

static int make_source(int *fd, const char *path, int32_t root_pid, struct source **ret_source,
		       struct error *err)
{
	struct input_options options = {.name = path, .root_pid = root_pid};
	char head[HEAD_BYTES];
	ssize_t n = pread(*fd, head, sizeof head, 0);

	if (n < 0)
		return error_set(err, errno, "cannot read %s: %s", path, error_name(errno));
	if (recording_recognise(head, (size_t)n)) {
		*ret_source = recording_source_new(path);
		return 0;
	}
	options.kind = n > 0 ? input_recognise(head, (size_t)n) : INPUT_UNKNOWN;
	if (options.kind == INPUT_UNKNOWN)
		return error_set(err, EINVAL,
				 "%s is neither a recording nor JSON Lines nor a proctrace file",
				 path);
	options.fd = steal_fd(fd);
	*ret_source = input_source_new(&options);
	return 0;
}

int events_file_open(const char *path, int32_t root_pid, struct source **ret_source,
		     struct error *err)
{
	cleanup_close int fd = open_regular(path, err);
	struct source *source;
	int r;

	if (fd < 0)
		return fd;
	r = make_source(&fd, path, root_pid, &source, err);
	if (r < 0)
		return r;
	r = source->ops->open(source, err);
	if (r < 0) {
		source->ops->close(source);
		return r;
	}
	*ret_source = source;
	return 0;
}
