/*
 * Reading a file or pipe to its end, as lines. Key decision: the file is never held whole for
 * parsing; only the line at hand is, and its length is bounded, so that /dev/zero or a binary is
 * refused after 64 MiB instead of eating the machine.
 */
#include "source/text/input_lines.h"

#include "base/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES ((size_t)256 << 10)

static int refuse_directory(int fd, const char *name, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return error_set(err, errno, "%s cannot be read: %s", name, error_name(errno));
	if (S_ISDIR(st.st_mode))
		return error_set(err, EISDIR,
				 "%s is a directory; name a recording inside it, or - for "
				 "standard input",
				 name);
	return 0;
}

/* Appends what one read(2) gives. Returns 1, 0 at the end, or a negative errno. */
static int read_some(int fd, const char *name, struct buf *in, struct error *err)
{
	for (;;) {
		ssize_t n = read(fd, buf_reserve(in, READ_BYTES), READ_BYTES);

		if (n > 0) {
			in->n += (size_t)n;
			return 1;
		}
		if (n == 0)
			return 0;
		if (errno == EAGAIN) {
			struct pollfd wait = {.fd = fd, .events = POLLIN};

			poll(&wait, 1, -1);
		} else if (errno != EINTR) {
			return error_set(err, errno, "%s cannot be read: %s", name,
					 error_name(errno));
		}
	}
}

static int line_too_long(const char *name, uint64_t number, struct error *err)
{
	return error_set(err, EFBIG,
			 "%s, line %llu is longer than %zu MiB: this is no recording as text", name,
			 (unsigned long long)number, INPUT_LINE_MAX >> 20);
}

/*
 * Gives out the whole lines that begin at *ret_used; bytes before *scanned hold no LF, so that a
 * line that comes in many small reads is not searched again and again.
 */
static int give_lines(const struct buf *in, size_t *scanned, uint64_t *number, size_t *ret_used,
		      input_line_fn line_fn, void *context, struct error *err)
{
	const char *lf;
	int result = 0;

	while (!result && *scanned < in->n &&
	       (lf = memchr(in->p + *scanned, '\n', in->n - *scanned))) {
		struct str line = {in->p + *ret_used, (size_t)(lf - in->p) - *ret_used};

		*scanned = *ret_used = (size_t)(lf - in->p) + 1;
		result = line_fn(context, line, ++*number, true, err);
	}
	if (!result)
		*scanned = in->n;
	return result;
}

int input_lines_each(int fd, const char *name, input_line_fn line_fn, void *context,
		     struct error *err)
{
	CLEANUP(buf_deinit) struct buf in = BUF_INIT;
	size_t scanned = 0;
	uint64_t number = 0;
	int result = refuse_directory(fd, name, err);

	if (result < 0)
		return result;
	while ((result = read_some(fd, name, &in, err)) > 0) {
		size_t used = 0;

		result = give_lines(&in, &scanned, &number, &used, line_fn, context, err);
		if (result)
			return result;
		buf_consume(&in, used);
		scanned -= used;
		if (in.n > INPUT_LINE_MAX)
			return line_too_long(name, number + 1, err);
	}
	if (result == 0 && in.n > 0)
		result = line_fn(context, buf_str(&in), number + 1, false, err);
	return result;
}

int input_lines_all(int fd, const char *name, struct buf *out, struct error *err)
{
	size_t line_start = out->n;
	uint64_t number = 1;
	int result = refuse_directory(fd, name, err);

	if (result < 0)
		return result;
	for (;;) {
		size_t before = out->n;
		const char *lf;

		result = read_some(fd, name, out, err);
		if (result <= 0)
			return result;
		while (before < out->n && (lf = memchr(out->p + before, '\n', out->n - before))) {
			before = line_start = (size_t)(lf - out->p) + 1;
			number++;
		}
		if (out->n - line_start > INPUT_LINE_MAX)
			return line_too_long(name, number, err);
	}
}
