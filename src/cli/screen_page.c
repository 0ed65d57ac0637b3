/*
 * The lower part of a process's page. Key decision: it is the page of `pscope inspect`, with its files
 * and sockets, so both say the same of a process.
 */
#include "cli/screen_page.h"

#include "output/inspect/inspect.h"
#include "source/inspection.h"
#include "source/sockets.h"

#define PARTS (INSPECT_FILES | INSPECT_SOCKETS)

/* Whoever has the number now may be somebody else. */
static bool is_of(const struct inspection *inspection, const struct track_row *row)
{
	const struct snapshot_stat *stat = &inspection->self.stat;
	struct ident now = {row->ident.tgid, stat->start_grain_ns, stat->start_ns};

	return ident_match(now, row->ident);
}

static void link_sockets(struct inspection *inspection, const struct socket_list *sockets)
{
	inspection->sockets = sockets;
	for (size_t i = 0; i < inspection->files.count; i++) {
		struct open_file *file = &inspection->files.items[i];

		if (file->type == FILE_SOCKET && file->stat_known)
			file->socket = socket_list_find(sockets, file->inode);
	}
}

void screen_page_describe(void *context, const struct track_row *row, unsigned width,
			  struct buf *out)
{
	const struct screen_page *page = context;
	struct arena arena = ARENA_INIT;
	const struct field_context asked = {
		.host = page->host, .names = page->names, .arena = &arena};
	const struct inspect_style style = {
		.context = &asked, .width = width, .ascii = page->ascii, .live = true};
	struct inspection inspection;
	struct socket_list sockets = {0};
	struct error err;

	if (row->end_ns)
		return;
	if (inspection_read(page->root, row->pid, PARTS, NULL, &inspection, &err) ==
		    INSPECTION_DONE &&
	    is_of(&inspection, row)) {
		if (sockets_read_all(page->root, &row->pid, 1, &sockets, &err) == 0)
			link_sockets(&inspection, &sockets);
		inspect_add_page(out, &inspection, &style);
	}
	inspection_deinit(&inspection);
	socket_list_deinit(&sockets);
	arena_deinit(&arena);
}
