/* `pscope ps -L`: all columns. Key decision: printed from the registry, so it cannot be out of date. */
#include "cli/ps.h"

#include "base/json.h"
#include "output/grid.h"

static const char *unit_of(const struct field *field)
{
	static const char *const units[FIELD_TYPES] = {
		[FIELD_BYTES] = "bytes",        [FIELD_DURATION] = "ns",
		[FIELD_TIME] = "ns since 1970", [FIELD_PERCENT] = "percent",
		[FIELD_RATE] = "per second",
	};

	return units[field->type];
}

/* The kernel files that it comes from, each once; PART_OWNER and PART_LOCKED name status, too. */
static unsigned files_of(const struct field *field, const char *files[SNAPSHOT_PARTS])
{
	unsigned count = 0;

	for (unsigned part = 0; part < SNAPSHOT_PARTS; part++) {
		unsigned k = 0;

		if (!(field->parts & PART_BIT(part)) || part == PART_INTERVAL)
			continue;
		while (k < count && strcmp(files[k], snapshot_part_names[part]) != 0)
			k++;
		if (k == count)
			files[count++] = snapshot_part_names[part];
	}
	return count;
}

/* A row that has a first cell only. */
static void add_title(struct grid *grid, const char *title)
{
	grid_text(grid, title);
	for (unsigned i = 1; i < grid->column_count; i++)
		grid_text(grid, "");
}

static void add_row(struct grid *grid, const struct field *field)
{
	const char *files[SNAPSHOT_PARTS];
	unsigned count = files_of(field, files);
	struct buf *cell = grid_cell(grid);

	buf_printf(cell, "  %s", field->name);
	grid_text(grid, field->aliases ? field->aliases : "");
	grid_text(grid, unit_of(field) ? unit_of(field) : field_type_names[field->type]);
	cell = grid_cell(grid);
	for (unsigned i = 0; i < count; i++)
		buf_printf(cell, "%s%s", i ? "," : "", files[i]);
	cell = grid_cell(grid);
	buf_add_text(cell, field->help);
	if (field->parts & PART_BIT(PART_INTERVAL))
		buf_add_text(cell, " (needs --interval)");
	if (field->flags & FIELD_COSTLY)
		buf_add_text(cell, " (costly)");
	if (field->flags & FIELD_DEPRECATED)
		buf_add_text(cell, " (deprecated)");
}

static void list_for_people(struct buf *out, unsigned width, bool colour)
{
	static const struct grid_column columns[] = {
		{"NAME", false},
                {"ALSO", false},
                {"TYPE", false},
                {"FROM", false},
                {"WHAT", false},
	};
	struct grid grid;

	grid_init(&grid, columns, sizeof columns / sizeof *columns);
	for (unsigned i = 0; i < field_count; i++) {
		const char *title = field_section(&fields[i]);

		if (title && i > 0)
			add_title(&grid, "");
		if (title)
			add_title(&grid, title);
		add_row(&grid, &fields[i]);
	}
	grid_print(&grid, out, 0, width, colour);
	grid_deinit(&grid);
}

static void add_words(struct json *j, const char *key, const char *words)
{
	struct str rest = str_of(words);

	json_key(j, key);
	json_open(j, '[');
	while (rest.p)
		json_str(j, str_cut(&rest, ' '));
	json_close(j, ']');
}

static void add_object(struct json *j, const char *section, const struct field *field)
{
	const char *files[SNAPSHOT_PARTS];
	unsigned count = files_of(field, files);

	json_open(j, '{');
	json_key(j, "section"), json_text(j, section);
	json_key(j, "name"), json_text(j, field->name);
	add_words(j, "aliases", field->aliases);
	json_key(j, "heading"), json_text(j, field->heading);
	json_key(j, "type"), json_text(j, field_type_names[field->type]);
	json_key(j, "unit"), json_text(j, unit_of(field));
	json_key(j, "files");
	json_open(j, '[');
	for (unsigned i = 0; i < count; i++)
		json_text(j, files[i]);
	json_close(j, ']');
	json_key(j, "needs_interval"), json_bool(j, field->parts & PART_BIT(PART_INTERVAL));
	json_key(j, "costly"), json_bool(j, field->flags & FIELD_COSTLY);
	json_key(j, "deprecated"), json_bool(j, field->flags & FIELD_DEPRECATED);
	json_key(j, "help"), json_text(j, field->help);
	json_close(j, '}');
}

static void list_as_json(struct buf *out)
{
	const char *section = NULL;
	struct json j = json_into(out);

	json_open(&j, '{');
	json_key(&j, "version"), json_i64(&j, 1);
	json_key(&j, "columns");
	json_open(&j, '[');
	for (unsigned i = 0; i < field_count; i++) {
		section = field_section(&fields[i]) ? field_section(&fields[i]) : section;
		add_object(&j, section, &fields[i]);
	}
	json_close(&j, ']');
	json_close(&j, '}');
	buf_add_char(out, '\n');
}

void ps_list_columns(struct buf *out, unsigned width, bool colour, bool json)
{
	if (json)
		list_as_json(out);
	else
		list_for_people(out, width, colour);
}
