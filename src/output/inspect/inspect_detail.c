/*
 * The tables of inspect: descriptors, mappings, threads, environment, the watch. Key decision: a
 * descriptor is told as ls -l tells a file, with what open(2) gave it in front.
 */
#include "output/inspect/inspect_page.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"
#include "output/grid.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

/* What a captured tree does not hold is not known. */
static void add_denied(struct page *page, const char *what)
{
	page_heading(page, what);
	page_add(page, "all", page->style->live ? STR("not permitted") : STR("unknown"));
}

static void print_grid(struct page *page, struct grid *grid)
{
	grid_print(grid, page->out, PAGE_INDENT, page->style->width, page->style->colour);
	grid_deinit(grid);
}

/* ---- descriptors ---- */

static const struct grid_column file_columns[] = {
	{"FD",       true },
	{"TYPE",     false},
	{"FLAGS",    false},
	{"POS",      true },
	{"MODE",     false},
	{"LINKS",    true },
	{"OWNER",    false},
	{"GROUP",    false},
	{"SIZE",     true },
	{"MODIFIED", false},
	{"PATH",     false},
};

static void add_flags(struct buf *out, const struct open_file *file)
{
	const char *word, *separator = "";

	for (unsigned at = 0; (word = file_flag_next(file->flags, &at)); separator = ",")
		buf_printf(out, "%s%s", separator, word);
}

static void add_name(struct buf *out, struct str name, uint32_t id)
{
	if (name.p)
		text_add_safe(out, name);
	else
		buf_add_u64(out, id);
}

static void add_time(struct buf *out, int64_t real_ns)
{
	time_t seconds = (time_t)(real_ns / NS_PER_SEC);
	char text[32];
	struct tm tm;

	/* sockets and their kin have no times */
	if (real_ns != 0 && localtime_r(&seconds, &tm) &&
	    strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm) > 0)
		buf_add_text(out, text);
}

static void add_size(struct buf *out, const struct open_file *file)
{
	if (S_ISCHR(file->mode) || S_ISBLK(file->mode))
		buf_printf(out, "%u,%u", major(file->rdev), minor(file->rdev));
	else
		units_add_bytes(out, file->size_bytes);
}

/* The columns that stat(2) gives; empty where it could not be asked. */
static void add_stat(struct grid *grid, const struct open_file *file, const struct names *names)
{
	struct buf *cell;

	if (!file->stat_known) {
		for (int i = 0; i < 6; i++)
			grid_text(grid, "");
		return;
	}
	file_mode_add(grid_cell(grid), file->mode);
	buf_add_u64(grid_cell(grid), file->links);
	cell = grid_cell(grid);
	add_name(cell, names && names->user ? names->user(names->context, file->uid) : STR_NONE,
		 file->uid);
	cell = grid_cell(grid);
	add_name(cell, names && names->group ? names->group(names->context, file->gid) : STR_NONE,
		 file->gid);
	add_size(grid_cell(grid), file);
	add_time(grid_cell(grid), file->mtime_ns);
}

static void add_file(struct page *page, struct grid *grid, const struct open_file *file)
{
	struct buf *cell = grid_cell(grid);

	buf_add_i64(cell, file->fd);
	grid_text(grid, file_type_names[file->type]);
	cell = grid_cell(grid);
	if (file->info_known)
		add_flags(cell, file);
	cell = grid_cell(grid);
	if (file->info_known && (file->position || file->type == FILE_REGULAR))
		buf_add_i64(cell, (int64_t)file->position);
	add_stat(grid, file, page->style->context->names);
	cell = grid_cell(grid);
	if (!file->path.p)
		buf_add_text(cell, "not permitted");
	text_add_safe(cell, file->path.p ? file->path : STR(""));
	if (file->deleted)
		buf_add_text(cell, " (deleted)");
	page_add_info(file, cell);
	if (file->socket)
		page_add_socket(page, file->socket, cell);
}

void page_files(struct page *page)
{
	const struct open_file_list *files = &page->of->files;
	struct grid grid;

	if (!(page->of->parts & INSPECT_FILES))
		return;
	if (files->denied) {
		add_denied(page, "Descriptors");
		return;
	}
	page_count_heading(page, "Descriptors", files->count);
	grid_init(&grid, file_columns, sizeof file_columns / sizeof *file_columns);
	for (size_t i = 0; i < files->count; i++)
		add_file(page, &grid, &files->items[i]);
	print_grid(page, &grid);
}

/* ---- mappings ---- */

static const struct grid_column map_columns[] = {
	{"ADDRESS", true },
	{"MODE",    false},
	{"SIZE",    true },
	{"RSS",     true },
	{"PSS",     true },
	{"DIRTY",   true },
	{"SWAP",    true },
	{"OFFSET",  true },
	{"PATH",    false},
};

static void add_map(struct grid *grid, const struct mapping *map)
{
	const uint64_t sizes[] = {map->rss_bytes, map->pss_bytes, map->private_dirty_bytes,
				  map->swap_bytes};
	struct buf *cell = grid_cell(grid);

	buf_printf(cell, "%llx-%llx", (unsigned long long)map->start, (unsigned long long)map->end);
	grid_text(grid, map->permissions);
	units_add_bytes(grid_cell(grid), map->end - map->start);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		cell = grid_cell(grid);
		if (map->sizes_known && sizes[i] > 0)
			units_add_bytes(cell, sizes[i]);
		else if (map->sizes_known)
			buf_add_char(cell, '0');
	}
	cell = grid_cell(grid);
	if (map->path.n > 0 && map->path.p[0] == '/')
		buf_printf(cell, "%llx", (unsigned long long)map->offset);
	cell = grid_cell(grid);
	text_add_safe(cell, map->path);
	if (map->deleted)
		buf_add_text(cell, " (deleted)");
}

void page_maps(struct page *page)
{
	const struct mapping_list *maps = &page->of->maps;
	struct grid grid;

	if (!(page->of->parts & INSPECT_MAPS))
		return;
	if (maps->denied) {
		add_denied(page, "Mappings");
		return;
	}
	page_count_heading(page, "Mappings", maps->count);
	grid_init(&grid, map_columns, sizeof map_columns / sizeof *map_columns);
	for (size_t i = 0; i < maps->count; i++)
		add_map(&grid, &maps->items[i]);
	print_grid(page, &grid);
}

/* ---- threads ---- */

static const struct grid_column thread_columns[] = {
	{"TID",   true },
	{"S",     false},
	{"CPU",   true },
	{"WAIT",  true },
	{"ON",    true },
	{"VCSW",  true },
	{"ICSW",  true },
	{"WCHAN", false},
	{"NAME",  false},
};

static const char *const thread_fields[] = {
	"tid",
	"state",
	"thread_run_ns",
	"thread_wait_ns",
	"last_cpu",
	"voluntary_switches",
	"involuntary_switches",
	"wchan",
	"comm",
};
_Static_assert(sizeof thread_columns / sizeof *thread_columns ==
		       sizeof thread_fields / sizeof *thread_fields,
	       "a heading for each field");

void page_threads(struct page *page)
{
	const struct inspection *of = page->of;
	unsigned count = sizeof thread_fields / sizeof *thread_fields;
	struct grid grid;

	if (!(of->parts & INSPECT_THREADS))
		return;
	page_count_heading(page, "Threads", of->thread_count);
	grid_init(&grid, thread_columns, count);
	for (size_t i = 0; i < of->thread_count; i++)
		for (unsigned k = 0; k < count; k++)
			page_add_field(page, &of->threads[i], thread_fields[k], grid_cell(&grid));
	print_grid(page, &grid);
}

/* ---- environment ---- */

void page_environment(struct page *page)
{
	struct str rest = page->of->environment, word;

	if (!(page->of->parts & INSPECT_ENVIRONMENT))
		return;
	page_heading(page, "Environment");
	if (page->of->environment_access != INSPECTION_READ)
		page_add(page, "all",
			 page->of->environment_access == INSPECTION_DENIED ? STR("not permitted")
									   : STR("unknown"));
	while (text_next_word(&rest, &word)) {
		if (word.n == 0)
			continue;
		buf_add_repeat(page->out, ' ', PAGE_INDENT);
		text_add_safe(page->out, word);
		buf_add_char(page->out, '\n');
	}
}
