/*
 * Checked writing. Key decision: the name appears only when everything behind it is written
 * (rename), and the first error is kept and repeated, so no caller can lose it.
 */
#include "base/outfile.h"

#include "base/cleanup.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

static const char *shown(const struct outfile *file)
{
	return file->path ? file->path : "standard output";
}

static int cannot_write(struct outfile *file, int errnum, struct error *err)
{
	const char *hint = errnum == ENOSPC  ? "; free some space or write elsewhere"
			   : errnum == ELOOP ? " (a symbolic link; pscope does not follow it)"
					     : "";

	file->failed = -errnum;
	return error_set(err, errnum, "cannot write %s: %s%s", shown(file), error_name(errnum),
			 hint);
}

static int open_named(struct outfile *file, enum outfile_mode mode, struct error *err)
{
	const char *name = file->path;
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY;
	struct stat st;

	if (lstat(file->path, &st) == 0 && S_ISDIR(st.st_mode))
		return error_set(err, EISDIR, "cannot write %s: it is a directory", file->path);
	if (mode == OUTFILE_RENAME && (lstat(file->path, &st) < 0 || S_ISREG(st.st_mode))) {
		struct buf temporary = BUF_INIT;

		buf_printf(&temporary, "%s.%d.tmp", file->path, (int)getpid());
		file->temporary = mem_strndup(temporary.p, temporary.n);
		buf_deinit(&temporary);
		name = file->temporary;
		flags |= O_EXCL;
		unlink(name);
	} else {
		/* a FIFO without a reader must not hang us */
		flags |= O_NONBLOCK;
	}
	file->fd = open(name, flags, 0600);
	if (file->fd < 0)
		return cannot_write(file, errno, err);
	file->owned = true;
	/* emptied only when nobody else is writing it */
	if (!file->temporary && fstat(file->fd, &st) == 0 && S_ISREG(st.st_mode)) {
		if (flock(file->fd, LOCK_EX | LOCK_NB) < 0)
			return error_set(err, EBUSY,
					 "cannot write %s: another pscope is writing it",
					 file->path);
		if (ftruncate(file->fd, 0) < 0)
			return cannot_write(file, errno, err);
	}
	if (flags & O_NONBLOCK)
		fcntl(file->fd, F_SETFL, fcntl(file->fd, F_GETFL) & ~O_NONBLOCK);
	return 0;
}

int outfile_open(struct outfile *file, const char *path, enum outfile_mode mode, int fallback_fd,
		 unsigned owner_uid, unsigned owner_gid, struct error *err)
{
	int r;

	*file = (struct outfile){.fd = fallback_fd};
	if (!path || strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0)
		return 0;
	file->path = mem_strndup(path, strlen(path));
	file->fd = -1;
	r = open_named(file, mode, err);
	if (r == 0 && owner_uid != (unsigned)-1 && fchown(file->fd, owner_uid, owner_gid) < 0)
		r = cannot_write(file, errno, err);
	if (r < 0)
		outfile_abort(file);
	return r;
}

/* What stands in a file of ours shall end where a flush ended: with a whole line. */
static void take_back(const struct outfile *file, size_t bytes)
{
	off_t end = file->owned && bytes > 0 ? lseek(file->fd, 0, SEEK_CUR) : -1;

	if (end >= (off_t)bytes && ftruncate(file->fd, end - (off_t)bytes) < 0)
		return; /* then it ends in the middle */
}

int outfile_flush(struct outfile *file, struct error *err)
{
	size_t done = 0;

	if (file->failed)
		return cannot_write(file, -file->failed, err);
	while (done < file->pending.n) {
		ssize_t n = write(file->fd, file->pending.p + done, file->pending.n - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			/* somebody else's non-blocking terminal or pipe */
			fcntl(file->fd, F_SETFL, fcntl(file->fd, F_GETFL) & ~O_NONBLOCK);
			continue;
		}
		if (n < 0) {
			int errnum = errno;

			take_back(file, done);
			return cannot_write(file, errnum, err);
		}
		done += (size_t)n;
	}
	buf_clear(&file->pending);
	return 0;
}

int outfile_flush_above(struct outfile *file, size_t bytes, struct error *err)
{
	return file->pending.n > bytes ? outfile_flush(file, err) : 0;
}

int outfile_commit(struct outfile *file, struct error *err)
{
	int r = outfile_flush(file, err);

	if (file->owned && file->fd >= 0 && close(steal_fd(&file->fd)) < 0 && r == 0)
		r = cannot_write(file, errno, err);
	if (r == 0 && file->temporary && rename(file->temporary, file->path) < 0)
		r = cannot_write(file, errno, err);
	if (r == 0) {
		free(file->temporary);
		file->temporary = NULL;
	}
	outfile_abort(file);
	return r;
}

void outfile_abort(struct outfile *file)
{
	if (file->owned && file->fd >= 0)
		close(file->fd);
	if (file->temporary)
		unlink(file->temporary);
	free(file->temporary);
	free(file->path);
	buf_deinit(&file->pending);
	*file = (struct outfile){.fd = -1};
}
