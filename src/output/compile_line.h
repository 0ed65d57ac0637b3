/* What a command line compiles: sources, output, and the flags that matter to a tool that parses them. */
#ifndef OUTPUT_COMPILE_LINE_H
#define OUTPUT_COMPILE_LINE_H

#include "base/arena.h"

#include <stdint.h>

struct compile_words {
	struct str *words;
	size_t count, capacity;
};

struct compile_line {
	struct str compiler;          /* as it was called, behind a wrapper such as ccache */
	struct compile_words flags;   /* without sources, output, linking and dependencies */
	struct compile_words sources; /* none: it compiles nothing */
	struct str output;            /* STR_NONE: not said */
	bool wrapped;
	struct compile_words all; /* scratch */
	struct arena arena;       /* what response files hold */
};

#define COMPILE_LINE_INIT ((struct compile_line){0})

void compile_line_deinit(struct compile_line *line);
/*
 * Reads the words of an exec (each ended by NUL) in that directory. False: it is no compiler, or it
 * compiles nothing. Valid until the next call. Response files that still exist are read.
 */
bool compile_line_read(struct compile_line *line, struct str argv, struct str directory);
/* Is that the name of a C or C++ compiler: gcc, x86_64-linux-gnu-g++-12, clang-14? */
bool compile_line_is_compiler(struct str path);
/* Words of a response file, as gcc reads them, appended. */
void compile_words_split(struct compile_words *words, struct arena *arena, struct str text);

#endif
