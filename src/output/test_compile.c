/* compile_commands.json: which command lines compile what. */
#include "output/compile_line.h"
#include "output/test_render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void compilers_by_name(void **state)
{
	static const struct {
		const char *path;
		bool is;
	} cases[] = {
		{"gcc",                              true },
		{"/usr/bin/x86_64-linux-gnu-gcc-12", true },
		{"clang++-14",                       true },
		{"arm-none-eabi-g++-10.3.1",         true },
		{"/opt/my cc/c++",                   true },
		{"musl-gcc",                         true },
		{"/usr/lib/gcc/x/12/cc1",            false},
		{"clang-format-14",                  false},
		{"x86_64-linux-gnu-gcc-ar-12",       false},
		{"c++filt",                          false},
		{"-12",                              false},
		{"",                                 false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(compile_line_is_compiler(str_of(cases[i].path)), cases[i].is);
}

/* Words as one text: blanks stand between, NULs in the exec. */
static void words_of(struct buf *out, const char *line)
{
	buf_clear(out);
	buf_add_text(out, line);
	buf_add_char(out, ' ');
	for (size_t i = 0; i < out->n; i++)
		if (out->p[i] == ' ')
			out->p[i] = 0;
}

static void joined(struct buf *out, const struct compile_words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		buf_add_text(out, i ? " " : "");
		buf_add_str(out, words->words[i]);
	}
}

static void lines(void **state)
{
	static const struct {
		const char *line, *wanted; /* flags | sources | output */
	} cases[] = {
		{"gcc -O2 -c -o a.o a.c",                     "-O2 -c|a.c|a.o"             },
		{"gcc -oa.o -c -x c++ a.inc",                 "-c -x c++|a.inc|a.o"        },
		{"cc -o x -Wall a.c b.S c.o -lm -L/x -Wl,-s", "-Wall|a.c b.S|x"            },
		{"g++ -MMD -MF a.d -MTa.o -I inc -c a.cxx",   "-I inc -c|a.cxx|"           },
		{"ccache x86_64-linux-gnu-gcc-12 -c a.i",     "-c|a.i|"                    },
		{"gcc -include a.c -D b.c -c d.c",            "-include a.c -D b.c -c|d.c|"},
		{"clang -c - a.ii",                           "-c|a.ii|"                   },
		{"gcc @missing.rsp -c a.c",                   "-c|a.c|"                    },
		{"gcc -c a.c -o",                             "-c|a.c|"                    },
		{"gcc -E a.c",                                NULL                         },
		{"gcc -MM a.c",                               NULL                         },
		{"clang -cc1 a.c",                            NULL                         },
		{"gcc -o x a.o b.a",                          NULL                         },
		{"ld -o x a.c",                               NULL                         },
		{"ccache",                                    NULL                         },
		{"gcc",                                       NULL                         },
		{"",                                          NULL                         },
	};
	struct compile_line line = COMPILE_LINE_INIT;
	struct buf words = BUF_INIT, got = BUF_INIT;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool is;

		words_of(&words, cases[i].line);
		is = compile_line_read(&line, buf_str(&words), STR("/nowhere"));
		assert_int_equal(is, cases[i].wanted != NULL);
		if (!is)
			continue;
		buf_clear(&got);
		joined(&got, &line.flags);
		buf_add_char(&got, '|');
		joined(&got, &line.sources);
		buf_add_char(&got, '|');
		buf_add_str(&got, line.output.p ? line.output : STR(""));
		assert_string_equal(buf_cstr(&got), cases[i].wanted);
	}
	assert_false(compile_line_read(&line, STR_NONE, STR("/")));
	buf_deinit(&got);
	buf_deinit(&words);
	compile_line_deinit(&line);
}

static void response_words(void **state)
{
	struct compile_words words = {0};
	struct arena arena = ARENA_INIT;
	struct buf got = BUF_INIT;

	compile_words_split(&words, &arena, STR(" -c 'a b.c'\n-D\"x y\"z\t\\ q \"open"));
	for (size_t i = 0; i < words.count; i++) {
		buf_add_str(&got, words.words[i]);
		buf_add_char(&got, '|');
	}
	assert_string_equal(buf_cstr(&got), "-c|a b.c|-Dx yz| q|open|");
	buf_deinit(&got);
	arena_deinit(&arena);
	free(words.words);
}

/* A file that names itself ends; a folder is no file of words. */
static void response_files_are_bounded(void **state)
{
	char folder[] = "/tmp/pscope-test.XXXXXX", path[64];
	struct compile_line line = COMPILE_LINE_INIT;
	struct buf words = BUF_INIT;
	FILE *file;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/a.rsp", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("@a.rsp -c a.c", file);
	fclose(file);
	words_of(&words, "gcc @a.rsp @. @/dev/zero");
	assert_true(compile_line_read(&line, buf_str(&words), str_of(folder)));
	assert_in_range(line.sources.count, 1, 16);
	unlink(path);
	rmdir(folder);
	buf_deinit(&words);
	compile_line_deinit(&line);
}

static void one_entry_for_a_source_and_its_output(void **state)
{
	static const char *const script[] = {
		"@0 fork 9 -> 100",
		"+0 exec 100 filename=/usr/bin/ccache cwd=/src -- ccache gcc -c \"a "
		"\\\"\\xff\\n.c\"",
		"+0 fork 100 -> 101",
		"+0 exec 101 filename=/usr/bin/gcc cwd=/src -- gcc -c \"./a \\\"\\xff\\n.c\"",
		"+0 exec 101 filename=/usr/lib/cc1 cwd=/src -- /usr/lib/cc1 a.c",
		"+0 fork 100 -> 102",
		"+0 exec 102 filename=/usr/bin/gcc cwd=/ -- gcc -o x b.c",
		"+0 exec 102 filename=/usr/bin/gcc -- gcc -c nowhere.c",
		"+0 exec 102 filename=/usr/bin/gcc cwd=/ args_truncated=1 -- gcc -c cut.c",
		NULL,
	};
	struct render render = {0};

	assert_string_equal(render_script(&render, "compile-commands", script),
			    "[\n{\"directory\":\"/src\",\"file\":\"/src/a \\\"\xef\xbf\xbd\\n.c\","
			    "\"arguments\":[\"gcc\",\"-c\",\"a \\\"\xef\xbf\xbd\\n.c\"]},\n"
			    "{\"directory\":\"/\",\"file\":\"/b.c\",\"output\":\"/x\","
			    "\"arguments\":[\"/usr/bin/gcc\",\"-c\",\"-o\",\"x\",\"b.c\"]}\n]\n");
	render_end(&render);
}

static void nothing_compiled_is_a_list(void **state)
{
	struct render render = {0};

	assert_string_equal(render_script(&render, "compile-commands", (const char *const[]){NULL}),
			    "[\n]\n");
	render_end(&render);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compilers_by_name),
		cmocka_unit_test(lines),
		cmocka_unit_test(response_words),
		cmocka_unit_test(response_files_are_bounded),
		cmocka_unit_test(one_entry_for_a_source_and_its_output),
		cmocka_unit_test(nothing_compiled_is_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
