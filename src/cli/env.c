/* Everything ambient, read once: descriptors, terminal, colours, who called sudo. */
#include "cli/env.h"

#include "base/str.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static unsigned width_of(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	unsigned long long number;

	if (columns && str_to_u64(str_of(columns), &number) == 0 && number >= 20 && number <= 10000)
		return (unsigned)number;
	if (isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
		return size.ws_col;
	return isatty(fd) ? 80 : 0;
}

static bool colour_of(int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fd) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

/* Only a locale that somebody chose counts: an empty environment says nothing of the terminal. */
static bool ascii_locale(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *locale = getenv(names[i]);

		if (locale && *locale)
			return !strcasestr(locale, "utf-8") && !strcasestr(locale, "utf8");
	}
	return false;
}

static bool id_of(const char *name, unsigned *ret)
{
	const char *text = getenv(name);
	unsigned long long number;

	if (!text || str_to_u64(str_of(text), &number) < 0 || number >= UINT32_MAX)
		return false;
	*ret = (unsigned)number;
	return true;
}

/* Who called sudo. Only root may hand files and commands to somebody. */
static void find_owner(struct env *env)
{
	const struct passwd *entry;
	unsigned uid, gid;

	env->owner_uid = env->owner_gid = (unsigned)-1;
	if (geteuid() != 0 || !getenv("SUDO_UID") || strcmp(getenv("SUDO_UID"), "0") == 0)
		return;
	entry = id_of("SUDO_UID", &uid) && id_of("SUDO_GID", &gid) ? getpwuid(uid) : NULL;
	env->owner_unknown = !entry;
	if (!entry)
		return;
	env->owner_uid = uid;
	env->owner_gid = gid;
	snprintf(env->owner_name, sizeof env->owner_name, "%s", entry->pw_name);
}

void env_init(struct env *env)
{
	*env = (struct env){
		.in_fd = STDIN_FILENO,
		.out_fd = STDOUT_FILENO,
		.err_fd = STDERR_FILENO,
		.root = {-1, -1, false}
        };
	env->out_width = width_of(env->out_fd);
	env->err_width = width_of(env->err_fd);
	env->out_colour = colour_of(env->out_fd);
	env->err_colour = colour_of(env->err_fd);
	env->ascii = ascii_locale();
	find_owner(env);
}

int env_use_root(struct env *env, const char *path, struct error *err)
{
	return root_open(&env->root, path, err);
}

void env_deinit(struct env *env)
{
	root_close(&env->root);
}

__attribute__((format(printf, 2, 0))) static void say(int fd, const char *format, va_list ap)
{
	dprintf(fd, "pscope: ");
	vdprintf(fd, format, ap);
	dprintf(fd, "\n");
}

int cli_fail(const struct env *env, int status, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(env->err_fd, format, ap);
	va_end(ap);
	return status;
}

void cli_note(const struct env *env, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(env->err_fd, format, ap);
	va_end(ap);
}

void cli_debug(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(STDERR_FILENO, format, ap);
	va_end(ap);
}
