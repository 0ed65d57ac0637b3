/*
 * The sockets of one process, for inspect. Key decision: the table and the objects are those of
 * ports; names of processes come from the pass over all that inspect makes anyway.
 */
#include "output/inspect/inspect_page.h"

#include "base/mem.h"
#include "output/socket_text.h"

#include <stdlib.h>

static struct str command(void *context, int32_t pid)
{
	const struct snapshot_list *list = context;
	const struct snapshot *found = snapshot_list_find(list, pid);

	return found ? found->stat.comm : STR_NONE;
}

static struct socket_view view_of(const struct inspection *of, const struct field_context *context)
{
	return (struct socket_view){
		.list = of->sockets,
		.names = context->names,
		.command = context->list ? command : NULL,
		.command_context = (void *)(uintptr_t)context->list,
		.pid = of->pid,
		.queues = true,
	};
}

/* Those that it holds; to be freed. */
static const struct socket **own_sockets(const struct inspection *of, size_t *ret_count)
{
	const struct socket **rows = mem_realloc(NULL, of->sockets->count + 1, sizeof(void *));

	*ret_count = 0;
	for (size_t i = 0; i < of->sockets->count; i++)
		if (socket_is_held(&of->sockets->items[i], of->pid))
			rows[(*ret_count)++] = &of->sockets->items[i];
	return rows;
}

void page_sockets(struct page *page)
{
	const struct inspection *of = page->of;
	struct socket_view view = view_of(of, page->style->context);
	const struct socket **rows;
	size_t count;

	if (!(of->parts & INSPECT_SOCKETS))
		return;
	if (!of->sockets || socket_list_unreadable(of->sockets, of->pid)) {
		page_heading(page, "Sockets");
		page_add(page, "all", of->sockets ? STR("not permitted") : STR("unknown"));
		return;
	}
	rows = own_sockets(of, &count);
	page_count_heading(page, "Sockets", count);
	view.width = page->style->width;
	view.colour = page->style->colour;
	socket_add_table(page->out, rows, count, &view, PAGE_INDENT);
	free(rows);
}

void page_add_socket(const struct page *page, const struct socket *s, struct buf *out)
{
	const struct socket_view view = view_of(page->of, page->style->context);
	size_t start;

	buf_add_char(out, ' ');
	socket_add_protocol(out, s);
	if (s->state)
		buf_printf(out, " %s", socket_state_names[s->state]);
	buf_add_char(out, ' ');
	socket_add_local(out, s, &view);
	start = out->n;
	buf_add_char(out, ' ');
	socket_add_remote(out, s, &view);
	if (out->n == start + 2 && out->p[start + 1] == '-')
		out->n = start;
}

void inspect_sockets_json(struct json *j, const struct inspection *of,
			  const struct field_context *context)
{
	const struct socket_view view = view_of(of, context);
	const struct socket **rows;
	size_t count;

	json_key(j, "sockets");
	if (!of->sockets || socket_list_unreadable(of->sockets, of->pid)) {
		json_null(j);
		return;
	}
	rows = own_sockets(of, &count);
	json_open(j, '[');
	for (size_t i = 0; i < count; i++)
		socket_json(j, rows[i], &view);
	json_close(j, ']');
	free(rows);
}
