/*
 * The command lines of compilers. Key decision: two tables, of names and of options, hold all that is
 * known of compilers; an option that is in neither is a flag of one word and is kept.
 */
#include "output/compile_line.h"

#include "base/mem.h"
#include "base/text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESPONSE_BYTES (1 << 20) /* of a response file, at most */
#define RESPONSE_FILES 16        /* of one command: they may name one another */

static const char *const compilers[] = {"cc",    "c++",     "gcc", "g++",
					"clang", "clang++", "c89", "c99"};

/* They run the compiler that is named behind them. */
static const char *const wrappers[] = {"ccache", "distcc", "sccache", "icecc"};

static const char *const source_endings[] = {
	"c", "i", "ii", "cc", "cp", "cxx", "cpp", "CPP", "c++",
	"C", "m", "mi", "mm", "M",  "mii", "s",   "S",   "sx",
};

enum fate {
	KEEP,
	DROP,   /* for the linker, or about dependencies: says nothing of the source */
	OUTPUT, /* names what is made */
	NOTHING /* no compilation: it preprocesses only, or is the compiler's own inner command */
};

static const struct option {
	const char *name;
	bool joined;    /* its value may stand in the same word */
	unsigned words; /* of value behind it, when they do not */
	enum fate fate;
} options[] = {
	{"-o",             true,  1, OUTPUT },
	{"-E",             false, 0, NOTHING},
	{"-M",             false, 0, NOTHING},
	{"-MM",            false, 0, NOTHING},
	{"-cc1",           false, 0, NOTHING},
	{"-cc1as",         false, 0, NOTHING},
	{"-###",           false, 0, NOTHING},
	{"-MF",            true,  1, DROP   },
	{"-MT",            true,  1, DROP   },
	{"-MQ",            true,  1, DROP   },
	{"-MD",            false, 0, DROP   },
	{"-MMD",           false, 0, DROP   },
	{"-MP",            false, 0, DROP   },
	{"-MG",            false, 0, DROP   },
	{"-l",             true,  1, DROP   },
	{"-L",             true,  1, DROP   },
	{"-Wl,",           true,  0, DROP   },
	{"-Xlinker",       false, 1, DROP   },
	{"-T",             true,  1, DROP   },
	{"-u",             true,  1, DROP   },
	{"-z",             true,  1, DROP   },
	{"-shared",        false, 0, DROP   },
	{"-static",        false, 0, DROP   },
	{"-rdynamic",      false, 0, DROP   },
	{"-s",             false, 0, DROP   },
	{"-I",             true,  1, KEEP   },
	{"-D",             true,  1, KEEP   },
	{"-U",             true,  1, KEEP   },
	{"-A",             true,  1, KEEP   },
	{"-x",             true,  1, KEEP   },
	{"-include",       false, 1, KEEP   },
	{"-imacros",       false, 1, KEEP   },
	{"-isystem",       true,  1, KEEP   },
	{"-iquote",        true,  1, KEEP   },
	{"-idirafter",     true,  1, KEEP   },
	{"-iprefix",       true,  1, KEEP   },
	{"-isysroot",      true,  1, KEEP   },
	{"--sysroot",      false, 1, KEEP   },
	{"--param",        false, 1, KEEP   },
	{"-target",        false, 1, KEEP   },
	{"-arch",          false, 1, KEEP   },
	{"-aux-info",      false, 1, KEEP   },
	{"-Xassembler",    false, 1, KEEP   },
	{"-Xpreprocessor", false, 1, KEEP   },
	{"-Xclang",        false, 1, KEEP   },
	{"-mllvm",         false, 1, KEEP   },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

void compile_line_deinit(struct compile_line *line)
{
	free(line->flags.words);
	free(line->sources.words);
	free(line->all.words);
	arena_deinit(&line->arena);
	*line = COMPILE_LINE_INIT;
}

static void add_word(struct compile_words *words, struct str word)
{
	if (words->count == words->capacity) {
		words->capacity = words->capacity ? 2 * words->capacity : 32;
		words->words = mem_realloc(words->words, words->capacity, sizeof *words->words);
	}
	words->words[words->count++] = word;
}

static bool is_among(struct str name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_is(name, names[i]))
			return true;
	return false;
}

/* ---- names ---- */

/* What stands behind the last of `mark`; STR_NONE: there is none. */
static struct str behind(struct str text, char mark)
{
	const char *at = text.n > 0 ? memrchr(text.p, mark, text.n) : NULL;

	return at ? str_skip(text, (size_t)(at - text.p) + 1) : STR_NONE;
}

static bool is_version(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((text.p[i] < '0' || text.p[i] > '9') && text.p[i] != '.')
			return false;
	return text.n > 0;
}

bool compile_line_is_compiler(struct str path)
{
	struct str name = str_basename(path), last = behind(name, '-');

	if (last.p && is_version(last)) {
		name.n -= last.n + 1;
		last = behind(name, '-');
	}
	return is_among(last.p ? last : name, compilers, COUNT(compilers));
}

static bool is_source(struct str word, bool language)
{
	struct str ending = behind(str_basename(word), '.');

	if (str_is(word, "-") || is_among(ending, (const char *const[]){"o", "a", "so", "lo"}, 4))
		return false;
	return language || (ending.p && is_among(ending, source_endings, COUNT(source_endings)));
}

/* ---- response files ---- */

/* One word, quoted as gcc's buildargv reads it; false: the text is at its end. */
static bool next_response_word(struct str *rest, struct buf *word)
{
	size_t i = 0;
	char quote = 0;

	buf_clear(word);
	while (i < rest->n && strchr(" \t\r\n\v\f", rest->p[i]) && rest->p[i])
		i++;
	if (i == rest->n)
		return false;
	for (; i < rest->n && (quote || !strchr(" \t\r\n\v\f", rest->p[i])); i++) {
		char c = rest->p[i];

		if (c == '\\' && i + 1 < rest->n)
			buf_add_char(word, rest->p[++i]);
		else if (quote ? c == quote : c == '"' || c == '\'')
			quote = quote ? 0 : c;
		else
			buf_add_char(word, c);
	}
	*rest = str_skip(*rest, i);
	return true;
}

void compile_words_split(struct compile_words *words, struct arena *arena, struct str text)
{
	struct buf word = BUF_INIT;

	while (next_response_word(&text, &word))
		add_word(words, arena_str(arena, buf_str(&word)));
	buf_deinit(&word);
}

/* All of a small regular file; false: it is not there any more, or is something else. */
static bool read_whole(const char *path, struct buf *ret)
{
	struct stat status;
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return false;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= RESPONSE_BYTES)
		while ((n = read(fd, buf_reserve(ret, 4096), 4096)) > 0 && ret->n < RESPONSE_BYTES)
			ret->n += (size_t)n;
	close(fd);
	return n == 0;
}

static bool expand(struct compile_line *line, struct str word, struct str directory)
{
	struct str file = str_skip(word, 1);
	struct buf path = BUF_INIT, text = BUF_INIT;
	bool good;

	if (!str_starts(file, STR("/"))) {
		buf_add_str(&path, directory);
		buf_add_char(&path, '/');
	}
	buf_add_str(&path, file);
	good = read_whole(buf_cstr(&path), &text);
	if (good)
		compile_words_split(&line->all, &line->arena, buf_str(&text));
	buf_deinit(&text);
	buf_deinit(&path);
	return good;
}

/* ---- words ---- */

static const struct option *find_option(struct str word)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (str_is(word, options[i].name))
			return &options[i];
	for (size_t i = 0; i < COUNT(options); i++)
		if (options[i].joined && str_starts(word, str_of(options[i].name)))
			return &options[i];
	return NULL;
}

/* An option and its value, at `*at`, which is left on the last of them. False: nothing is compiled. */
static bool take_option(struct compile_line *line, size_t *at, bool *language)
{
	struct str word = line->all.words[*at], value = STR_NONE;
	const struct option *option = find_option(word);
	enum fate fate = option ? option->fate : KEEP;

	if (fate == NOTHING)
		return false;
	if (fate == KEEP)
		add_word(&line->flags, word);
	if (!option)
		return true;
	if (!str_is(word, option->name)) {
		value = str_skip(word, strlen(option->name));
	} else if (option->words > 0 && *at + 1 < line->all.count) {
		value = line->all.words[++*at];
		if (fate == KEEP)
			add_word(&line->flags, value);
	}
	if (fate == OUTPUT)
		line->output = value;
	if (str_is(str_of(option->name), "-x"))
		*language = !str_is(value, "none");
	return true;
}

static bool take_words(struct compile_line *line, struct str directory)
{
	unsigned files = 0;
	bool language = false; /* -x names it, whatever the endings say */

	/* `all` grows while it is read: what a response file holds comes last, as good as in place */
	for (size_t i = 0; i < line->all.count; i++) {
		struct str word = line->all.words[i];

		if (word.n > 1 && word.p[0] == '@' && files++ < RESPONSE_FILES &&
		    expand(line, word, directory))
			continue;
		if (word.n > 1 && word.p[0] == '-') {
			if (!take_option(line, &i, &language))
				return false;
		} else if (is_source(word, language)) {
			add_word(&line->sources, word);
		}
	}
	return line->sources.count > 0;
}

bool compile_line_read(struct compile_line *line, struct str argv, struct str directory)
{
	struct str word;

	line->flags.count = line->sources.count = line->all.count = 0;
	line->output = STR_NONE;
	arena_clear(&line->arena);
	if (!text_next_word(&argv, &line->compiler))
		return false;
	line->wrapped = is_among(str_basename(line->compiler), wrappers, COUNT(wrappers));
	if (line->wrapped && !text_next_word(&argv, &line->compiler))
		return false;
	if (!compile_line_is_compiler(line->compiler))
		return false;
	while (text_next_word(&argv, &word))
		add_word(&line->all, word);
	return take_words(line, directory);
}
