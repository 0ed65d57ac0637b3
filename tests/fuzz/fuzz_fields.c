/*
 * Any bytes as what the registry of columns takes from outside; the first byte chooses: the file
 * cgroup, a list of columns, a list of sort keys, or the texts of a process.
 */
#include "model/cgroup_name.h"
#include "model/field.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void must_lie_in(struct str part, struct str text)
{
	must(!part.p || (part.p >= text.p && part.p + part.n <= text.p + text.n));
}

static void cgroup_file(struct str text)
{
	struct str path = cgroup_path(text), unit = cgroup_unit(path),
		   user = cgroup_user_unit(path), id = cgroup_container(path),
		   slice = cgroup_slice(path);

	must_lie_in(path, text);
	must_lie_in(unit, text);
	must_lie_in(user, text);
	must_lie_in(id, text);
	must(!unit.p || cgroup_in_unit(path, unit));
	must(!user.p || (unit.p && cgroup_in_unit(path, user)));
	must(!unit.p || slice.p);
	must(!path.p || cgroup_below(path, path));
}

static void column_list(struct str text)
{
	struct columns columns = {0};
	struct error err = {""};
	int r = columns_parse(&columns, text, &err);

	must(r == 0 ? columns.count > 0 : err.text[0] && columns.count == 0);
	for (size_t i = 0; i < columns.count; i++)
		must(columns.items[i].field &&
		     (!columns.items[i].heading || strlen(columns.items[i].heading) <= text.n));
	columns_parts(&columns);
	columns_deinit(&columns);
}

static void sort_keys(struct str text)
{
	struct order order = {0};
	struct error err = {""};
	int r = order_parse(&order, text, &err);

	must(r == 0 ? order.count > 0 : err.text[0] && order.count == 0);
	order_parts(&order);
}

/* Each text in turn is all of the bytes; every value is touched from end to end. */
static void process_texts(struct str text)
{
	struct arena arena = ARENA_INIT;
	struct field_context context = {.arena = &arena};
	struct snapshot s = {.pid = 7,
			     .tgid = 7,
			     .cmdline = text,
			     .cgroup = text,
			     .wchan = text,
			     .syscall = text,
			     .exe = text};
	unsigned long sum = 0;

	s.stat.state = text.n % 2 ? 'Z' : 'S';
	s.stat.comm = (struct str){text.p, text.n < 15 ? text.n : 15};
	s.known = PART_BIT(PART_STAT) | PART_BIT(PART_CMDLINE) | PART_BIT(PART_CGROUP) |
		  PART_BIT(PART_WCHAN) | PART_BIT(PART_SYSCALL) | PART_BIT(PART_EXE);
	for (unsigned i = 0; i < field_count; i++) {
		struct value value = field_get(&fields[i], &s, &context);

		for (size_t k = 0; value.kind == VALUE_TEXT && k < value.text.n; k++)
			sum += (unsigned char)value.text.p[k];
		must(value_compare(&fields[i], &value, &value) == 0);
	}
	must(sum > 0);
	arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const takers[])(struct str) = {cgroup_file, column_list, sort_keys,
						     process_texts};

	if (size > 0)
		takers[data[0] % 4]((struct str){(const char *)data + 1, size - 1});
	return 0;
}
