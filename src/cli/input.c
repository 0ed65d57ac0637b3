/*
 * Opening an input. Key decision: what a file is, is told by its first bytes, never by its name;
 * a pipe cannot give its first bytes back, so there the source of texts looks at them itself.
 */
#include "cli/input.h"

#include "base/cleanup.h"
#include "source/text/input.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define HEAD_BYTES 4096

static int open_any(const struct env *env, const char *path, const char *name, bool *ret_regular,
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
	*ret_regular = S_ISREG(st.st_mode);
	if (!*ret_regular && !S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode) && !S_ISCHR(st.st_mode))
		return error_set(err, EINVAL, "cannot read %s: it is a device", name);
	if (path)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	return steal_fd(&fd);
}

/* The source of a file that can be looked into first; takes the descriptor where it uses it. */
static int pick_source(int *fd, const char *path, struct input_options *options,
		       struct source **ret_source, struct error *err)
{
	char head[HEAD_BYTES];
	ssize_t n = pread(*fd, head, sizeof head, 0);

	if (n < 0)
		return error_set(err, errno, "cannot read %s: %s", options->name,
				 error_name(errno));
	if (n == 0)
		return error_set(err, EINVAL, "%s is empty: it holds no recording", options->name);
	if (recording_recognise(head, (size_t)n)) {
		*ret_source = recording_source_new(path ? path : "/dev/stdin");
		return 0;
	}
	options->kind = input_recognise(head, (size_t)n);
	if (options->kind == INPUT_UNKNOWN)
		return error_set(err, EINVAL,
				 "%s is neither a recording nor JSON Lines nor a proctrace file",
				 options->name);
	lseek(*fd, 0, SEEK_SET);
	options->fd = steal_fd(fd);
	*ret_source = input_source_new(options);
	return 0;
}

bool cli_is_same_file(const struct env *env, const char *input, const char *output)
{
	bool standard = !input || strcmp(input, "-") == 0;
	struct stat in, out;

	if (!output || stat(output, &out) < 0 || !S_ISREG(out.st_mode))
		return false;
	if ((standard ? fstat(env->in_fd, &in) : stat(input, &in)) < 0)
		return false;
	return in.st_dev == out.st_dev && in.st_ino == out.st_ino;
}

int cli_open_input(const struct env *env, const char *path, int32_t root_pid,
		   struct source **ret_source, struct error *err)
{
	bool standard = !path || strcmp(path, "-") == 0, regular = false;
	struct input_options options = {.name = standard ? "standard input" : path,
					.root_pid = root_pid};
	cleanup_close int fd = open_any(env, standard ? NULL : path, options.name, &regular, err);
	struct source *source;
	int r = 0;

	if (fd < 0)
		return fd;
	if (regular) {
		r = pick_source(&fd, standard ? NULL : path, &options, &source, err);
		if (r < 0)
			return r;
	} else {
		options.fd = steal_fd(&fd);
		source = input_source_new(&options);
	}
	r = source->ops->open(source, err);
	if (r < 0) {
		source->ops->close(source);
		return r;
	}
	*ret_source = source;
	return 0;
}
