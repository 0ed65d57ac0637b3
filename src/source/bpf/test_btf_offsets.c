/* Offsets out of types that a small kernel might have; and out of damaged ones. */
#include "source/bpf/btf_offsets.h"

#include <errno.h>
#include <linux/btf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct text {
	struct btf_header h;
	uint32_t types[128];
	char names[256];
};

struct maker {
	uint32_t types[128];
	uint32_t n;
	char names[256];
	uint32_t names_n;
};

#define INFO(kind, flag, n) ((uint32_t)(flag) << 31 | (uint32_t)(kind) << 24 | (n))

static uint32_t name(struct maker *m, const char *text)
{
	uint32_t at = m->names_n;

	if (!*text)
		return 0;
	strcpy(m->names + at, text);
	m->names_n += (uint32_t)strlen(text) + 1;
	return at;
}

static void put(struct maker *m, const char *text, uint32_t info, uint32_t size_or_type)
{
	m->types[m->n++] = name(m, text);
	m->types[m->n++] = info;
	m->types[m->n++] = size_or_type;
}

static void member(struct maker *m, const char *text, uint32_t type, uint32_t offset)
{
	m->types[m->n++] = name(m, text);
	m->types[m->n++] = type;
	m->types[m->n++] = offset;
}

/*
 * struct counter { int lock; long count; };              size 16
 * struct kernel {
 *         int first;
 *         const volatile counter_t stat[4];              at 8
 *         struct { union { long inner; int other; }; };  at 72
 *         unsigned field : 3; unsigned whole;            at 80, 84
 * };
 */
static size_t make(struct text *t)
{
	struct maker m = {.names_n = 1};

	put(&m, "int", INFO(BTF_KIND_INT, 0, 0), 4); /* 1 */
	m.types[m.n++] = 32;
	put(&m, "long", INFO(BTF_KIND_INT, 0, 0), 8); /* 2 */
	m.types[m.n++] = 64;
	put(&m, "counter", INFO(BTF_KIND_STRUCT, 0, 2), 16); /* 3 */
	member(&m, "lock", 1, 0);
	member(&m, "count", 2, 64);
	put(&m, "counter_t", INFO(BTF_KIND_TYPEDEF, 0, 0), 3); /* 4 */
	put(&m, "", INFO(BTF_KIND_CONST, 0, 0), 6);            /* 5 */
	put(&m, "", INFO(BTF_KIND_VOLATILE, 0, 0), 4);         /* 6 */
	put(&m, "", INFO(BTF_KIND_ARRAY, 0, 0), 0);            /* 7 */
	m.types[m.n++] = 5;
	m.types[m.n++] = 1;
	m.types[m.n++] = 4;
	put(&m, "", INFO(BTF_KIND_UNION, 0, 2), 8); /* 8 */
	member(&m, "inner", 2, 0);
	member(&m, "other", 1, 0);
	put(&m, "", INFO(BTF_KIND_STRUCT, 0, 1), 8); /* 9 */
	member(&m, "", 8, 0);
	put(&m, "kernel", INFO(BTF_KIND_STRUCT, 0, 0), 0);  /* 10: another of that name */
	put(&m, "kernel", INFO(BTF_KIND_STRUCT, 1, 5), 88); /* 11 */
	member(&m, "first", 1, 0);
	member(&m, "stat", 7, 64);
	member(&m, "", 9, 72 * 8);
	member(&m, "field", 1, 3u << 24 | 80 * 8);
	member(&m, "whole", 1, 84 * 8);
	put(&m, "loop", INFO(BTF_KIND_TYPEDEF, 0, 0), 12); /* 12: of itself */
	put(&m, "look", INFO(BTF_KIND_FUNC, 0, 0), 1);     /* 13 */
	put(&m, "ring", INFO(BTF_KIND_STRUCT, 0, 3), 8);   /* 14: in itself, twice */
	member(&m, "", 14, 0);
	member(&m, "", 14, 0);
	member(&m, "strange", 12, 0);
	*t = (struct text){
		.h = {.magic = BTF_MAGIC, .version = 1, .hdr_len = sizeof t->h}
        };
	t->h.type_len = m.n * 4;
	t->h.str_off = (uint32_t)sizeof t->types;
	t->h.str_len = m.names_n;
	memcpy(t->types, m.types, sizeof t->types);
	memcpy(t->names, m.names, sizeof t->names);
	return sizeof *t;
}

static void test_finds(void **state)
{
	static const struct {
		const char *path;
		int64_t offset;
	} cases[] = {
		{"kernel.first",         0             },
		{"kernel.stat",          8             },
		{"kernel.stat[0]",       8             },
		{"kernel.stat[3].count", 8 + 3 * 16 + 8},
		{"kernel.stat[4].count", -ENOENT       },
		{"kernel.stat[3",        -ENOENT       },
		{"kernel.stat[x].count", -ENOENT       },
		{"kernel.first[0]",      -ENOENT       },
		{"kernel.first.count",   -ENOENT       },
		{"kernel.inner",         72            },
		{"kernel.other",         72            },
		{"kernel.whole",         84            },
		{"kernel.field",         -ENOENT       },
		{"kernel.missing",       -ENOENT       },
		{"kernel.",              -ENOENT       },
		{"counter",              16            },
		{"counter.count",        8             },
		{"kern.first",           -ENOENT       },
		{"loop.first",           -ENOENT       },
		{"ring.missing",         -ENOENT       },
		{"ring.strange.first",   -ENOENT       },
		{"",                     -ENOENT       },
	};
	struct text t;
	struct btf_types types;

	assert_int_equal(btf_types_init(&types, &t, make(&t)), 0);
	assert_int_equal(types.count, 14);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (btf_types_offset(&types, cases[i].path) != cases[i].offset)
			fail_msg("%s: %lld", cases[i].path,
				 (long long)btf_types_offset(&types, cases[i].path));
	assert_int_equal(btf_types_function(&types, "look"), 13);
	assert_int_equal(btf_types_function(&types, "loo"), 0);
	assert_int_equal(btf_types_function(&types, "loop"), 0);
	btf_types_deinit(&types);
}

static void test_refuses_damage(void **state)
{
	struct text good, t;
	struct btf_types types;
	size_t n = make(&good);

	assert_int_equal(btf_types_init(&types, &good, 4), -EBADMSG);
	t = good;
	t.h.magic = 0x9feb;
	assert_int_equal(btf_types_init(&types, &t, n), -EBADMSG);
	t = good;
	t.h.type_len -= 4; /* the last member is cut */
	assert_int_equal(btf_types_init(&types, &t, n), -EBADMSG);
	t = good;
	t.h.type_len = UINT32_MAX - 3;
	assert_int_equal(btf_types_init(&types, &t, n), -EBADMSG);
	t = good;
	t.h.str_len--; /* no NUL at the end */
	assert_int_equal(btf_types_init(&types, &t, n), -EBADMSG);
	t = good;
	t.types[1] = INFO(31, 0, 0); /* a kind that nobody knows */
	assert_int_equal(btf_types_init(&types, &t, n), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds),
		cmocka_unit_test(test_refuses_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
