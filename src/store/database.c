/*
 * Opening SQLite files. Key decision: a file is looked at before SQLite sees it (kind, magic,
 * application id, version), and a connection that reads has views and triggers off, because a
 * recording may come from anybody: a plain open hangs on a FIFO and runs what a view says.
 */
#include "store/database.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/mem.h"
#include "store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

int database_errno(sqlite3 *db)
{
	int code = sqlite3_extended_errcode(db), system = sqlite3_system_errno(db);

	switch (code & 0xff) {
	case SQLITE_FULL:
		return ENOSPC;
	case SQLITE_NOMEM:
		return ENOMEM;
	case SQLITE_READONLY:
		return EROFS;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return EBUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return EINVAL;
	default:
		return system > 0 ? system : EIO;
	}
}

const char *database_reason(sqlite3 *db)
{
	int code = sqlite3_extended_errcode(db);
	int system = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN
			     ? sqlite3_system_errno(db)
			     : 0;

	if ((code & 0xff) == SQLITE_FULL)
		return "no space is left on the device";
	return system > 0 ? error_name(system) : sqlite3_errmsg(db);
}

int database_exec(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : -database_errno(db);
}

int database_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret)
{
	int r = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL);

	return r == SQLITE_OK ? 0 : -database_errno(db);
}

/* ---- what a file is ---- */

static uint32_t big_endian(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

enum database_file database_recognise(const void *bytes, size_t size)
{
	const unsigned char *p = bytes;

	if (size == 0)
		return DATABASE_EMPTY;
	if (size < DATABASE_HEADER_BYTES || memcmp(p, "SQLite format 3", 16) != 0)
		return DATABASE_FOREIGN;
	if (big_endian(p + 68) != STORE_APPLICATION_ID)
		return DATABASE_OTHER;
	return big_endian(p + 60) == STORE_VERSION ? DATABASE_RECORDING : DATABASE_NEWER;
}

static const char *kind_of_file(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return NULL;
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	case S_IFLNK:
		return "a symbolic link";
	default:
		return "a device";
	}
}

/* ---- a new recording ---- */

/* Looks at what stands at `path`; 0 when a recording may take its place. */
static int check_replaceable(const char *path, struct error *err)
{
	unsigned char header[DATABASE_HEADER_BYTES];
	cleanup_close int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	enum database_file file;
	struct stat st;
	ssize_t n;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "cannot write the recording %s: %s", path,
				 error_name(errno));
	if (kind_of_file(st.st_mode))
		return error_set(err, S_ISDIR(st.st_mode) ? EISDIR : EINVAL,
				 "cannot write the recording %s: it is %s; name a file, or - for "
				 "JSON Lines",
				 path, kind_of_file(st.st_mode));
	close(fd);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, errno,
				 "cannot look at %s, which stands where the recording "
				 "would: %s",
				 path, error_name(errno));
	n = read(fd, header, sizeof header);
	file = database_recognise(header, n > 0 ? (size_t)n : 0);
	if (file == DATABASE_FOREIGN || file == DATABASE_OTHER)
		return error_set(err, EEXIST,
				 "%s exists and is no recording of pscope; choose "
				 "another name or remove it",
				 path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return error_set(err, EBUSY,
				 "another pscope is writing the recording %s; choose "
				 "another name",
				 path);
	return 1;
}

static void unlink_beside(const char *path, const char *suffix)
{
	struct buf name = BUF_INIT;

	buf_printf(&name, "%s%s", path, suffix);
	unlink(buf_cstr(&name));
	buf_deinit(&name);
}

int database_create(const char *path, unsigned owner_uid, unsigned owner_gid, int *ret_fd,
		    struct error *err)
{
	static const char *const beside[] = {"-wal", "-shm", "-journal"};
	int fd, r = check_replaceable(path, err);

	if (r < 0)
		return r;
	if (r > 0 && unlink(path) < 0)
		return error_set(err, errno, "cannot replace the recording %s: %s", path,
				 error_name(errno));
	for (size_t i = 0; r > 0 && i < sizeof beside / sizeof *beside; i++)
		unlink_beside(path, beside[i]);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set(err, errno, "cannot create the recording %s: %s", path,
				 error_name(errno));
	if (fchown(fd, owner_uid, owner_gid) < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
		r = error_set(err, errno, "cannot make the recording %s its owner's: %s", path,
			      error_name(errno));
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

int database_open_write(const char *path, int fd, sqlite3 **ret_db, struct error *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	sqlite3 *db = NULL;
	struct stat ours, there;
	const char *opened;
	int r;

	r = sqlite3_open_v2(path, &db, flags, NULL);
	/* the first read makes SQLite open the file, which must be the one that was made */
	r = r == SQLITE_OK ? sqlite3_exec(db, "PRAGMA user_version", NULL, NULL, NULL) : r;
	opened = r == SQLITE_OK ? sqlite3_db_filename(db, "main") : NULL;
	if (r != SQLITE_OK) {
		r = error_set(err, database_errno(db), "cannot write the recording %s: %s", path,
			      database_reason(db));
	} else if (!opened || fstat(fd, &ours) < 0 || lstat(opened, &there) < 0 ||
		   ours.st_dev != there.st_dev || ours.st_ino != there.st_ino) {
		r = error_set(err, EEXIST,
			      "cannot write the recording %s: somebody put another "
			      "file in its place",
			      path);
	} else {
		*ret_db = db;
		return 0;
	}
	sqlite3_close(db);
	return r;
}

/* ---- reading ---- */

void database_harden(sqlite3 *db)
{
	static const struct {
		int limit, value;
	} limits[] = {
		{SQLITE_LIMIT_LENGTH,              64 << 20},
                {SQLITE_LIMIT_SQL_LENGTH,          100000  },
		{SQLITE_LIMIT_COLUMN,              512     },
                {SQLITE_LIMIT_EXPR_DEPTH,          64      },
		{SQLITE_LIMIT_VDBE_OP,             25000   },
                {SQLITE_LIMIT_FUNCTION_ARG,        8       },
		{SQLITE_LIMIT_ATTACHED,            0       },
                {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50      },
		{SQLITE_LIMIT_TRIGGER_DEPTH,       10      },
                {SQLITE_LIMIT_WORKER_THREADS,      0       },
	};

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		sqlite3_limit(db, limits[i].limit, limits[i].value);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_exec(db,
		     "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA query_only=ON;"
		     "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8000;",
		     NULL, NULL, NULL);
}

/* Is the file cut in the middle of a page, with no log that would have the rest? */
static bool is_cut(const char *path, const unsigned char *header, off_t size)
{
	uint32_t page_bytes = (uint32_t)header[16] << 8 | header[17];
	struct buf log = BUF_INIT;
	struct stat st;
	bool has_log;

	buf_printf(&log, "%s-wal", path);
	has_log = stat(buf_cstr(&log), &st) == 0 && st.st_size > 0;
	buf_deinit(&log);
	return !has_log && page_bytes > 1 && size % page_bytes != 0;
}

static int check_readable(const char *path, struct error *err)
{
	unsigned char header[DATABASE_HEADER_BYTES];
	cleanup_close int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "cannot read the recording %s: %s", path,
				 error_name(errno));
	if (kind_of_file(st.st_mode))
		return error_set(err, S_ISDIR(st.st_mode) ? EISDIR : EINVAL,
				 "cannot read %s: it is %s and no recording", path,
				 kind_of_file(st.st_mode));
	n = read(fd, header, sizeof header);
	switch (database_recognise(header, n > 0 ? (size_t)n : 0)) {
	case DATABASE_RECORDING:
		if (is_cut(path, header, st.st_size))
			return error_set(err, EINVAL, "the recording %s is cut off", path);
		return 0;
	case DATABASE_EMPTY:
		return error_set(err, EINVAL, "the recording %s is empty", path);
	case DATABASE_NEWER:
		return error_set(err, EINVAL,
				 "the recording %s has the format version %u, and "
				 "this pscope reads version %d; use the pscope that "
				 "recorded it",
				 path, big_endian(header + 60), STORE_VERSION);
	case DATABASE_OTHER:
		return error_set(err, EINVAL, "%s is an SQLite file, but no recording of pscope",
				 path);
	default:
		return error_set(err, EINVAL, "%s is no recording of pscope", path);
	}
}

/* Opens and reads a first page, which is where a missing log or right shows. */
static int open_in_place(const char *path, sqlite3 **ret_db)
{
	sqlite3 *db = NULL;
	int r = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);

	if (r == SQLITE_OK) {
		database_harden(db);
		sqlite3_busy_timeout(db, 2000);
		r = sqlite3_exec(db, "BEGIN; SELECT rootpage FROM sqlite_schema LIMIT 1", NULL,
				 NULL, NULL);
	}
	*ret_db = db;
	return r;
}

static int copy_file(const char *from, const char *to)
{
	cleanup_close int in = open(from, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	cleanup_close int out = -1;
	struct stat st;
	ssize_t n = 0;

	if (in < 0 || fstat(in, &st) < 0)
		return -errno;
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		return -errno;
	for (off_t left = S_ISREG(st.st_mode) ? st.st_size : 0; left > 0; left -= n) {
		n = sendfile(out, in, NULL, left < (1 << 30) ? (size_t)left : 1 << 30);
		if (n <= 0)
			return n < 0 ? -errno : 0;
	}
	return 0;
}

static int copy_beside(const char *path, const char *directory, const char *suffix)
{
	struct buf from = BUF_INIT, to = BUF_INIT;
	int r;

	buf_printf(&from, "%s%s", path, suffix);
	buf_printf(&to, "%s/recording%s", directory, suffix);
	r = copy_file(buf_cstr(&from), buf_cstr(&to));
	buf_deinit(&from);
	buf_deinit(&to);
	return r;
}

/* A copy in a directory that only we can see; its log is worked in there. */
static int open_copy(const char *path, sqlite3 **ret_db, char **ret_copy)
{
	const char *parent = getenv("TMPDIR");
	struct buf name = BUF_INIT;
	int r;

	buf_printf(&name, "%s/pscope-XXXXXX", parent && parent[0] == '/' ? parent : "/tmp");
	buf_cstr(&name);
	if (!mkdtemp(name.p)) {
		r = -errno;
		buf_deinit(&name);
		return r;
	}
	*ret_copy = name.p;
	r = copy_beside(path, name.p, "");
	if (r >= 0)
		r = copy_beside(path, name.p, "-wal");
	if (r < 0 && r != -ENOENT)
		return r;
	name = BUF_INIT;
	buf_printf(&name, "%s/recording", *ret_copy);
	r = open_in_place(buf_cstr(&name), ret_db);
	buf_deinit(&name);
	return r == SQLITE_OK ? 0 : -database_errno(*ret_db);
}

void database_remove_copy(char *directory)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	struct buf name = BUF_INIT;

	if (!directory)
		return;
	buf_printf(&name, "%s/recording", directory);
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
		unlink_beside(buf_cstr(&name), suffixes[i]);
	rmdir(directory);
	buf_deinit(&name);
	free(directory);
}

int database_open_read(const char *path, sqlite3 **ret_db, char **ret_copy, struct error *err)
{
	char *copy = NULL;
	sqlite3 *db = NULL;
	int r = check_readable(path, err), errnum;

	if (r < 0)
		return r;
	r = open_in_place(path, &db);
	if ((r & 0xff) == SQLITE_CANTOPEN || (r & 0xff) == SQLITE_READONLY) {
		sqlite3_close(db);
		db = NULL;
		errnum = -open_copy(path, &db, &copy);
	} else {
		errnum = r == SQLITE_OK ? 0 : database_errno(db);
	}
	if (errnum == 0) {
		*ret_db = db;
		*ret_copy = copy;
		return 0;
	}
	r = error_set(err, errnum, "cannot read the recording %s: %s", path,
		      db ? database_reason(db) : error_name(errnum));
	sqlite3_close(db);
	database_remove_copy(copy);
	return r;
}
