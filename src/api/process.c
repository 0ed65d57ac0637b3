/*
 * One process in a list. Key decision: number and start time together are who it is, so reading it
 * anew never silently gives another process's values.
 */
#include "api/list.h"

#include "base/mem.h"
#include "output/rows/rows.h"

#include <errno.h>
#include <stdlib.h>

int32_t pscope_process_pid(const struct pscope_process *process)
{
	return process ? process->snapshot->pid : 0;
}

int32_t pscope_process_tgid(const struct pscope_process *process)
{
	return process ? process->snapshot->tgid : 0;
}

int64_t pscope_process_start_ns(const struct pscope_process *process)
{
	return process ? (int64_t)process->snapshot->stat.start_ns : 0;
}

/* ---- values ---- */

struct get_call {
	struct pscope_process *process;
	const char *name;
	size_t column;
	struct pscope_value *ret_value;
};

static struct list_cell *cell_at(struct pscope_process *process, size_t column)
{
	struct pscope_list *list = process->list;
	struct list_cell *cell;

	if (!process->cells)
		process->cells =
			arena_alloc(&process->arena, list->columns.count * sizeof *process->cells);
	cell = &process->cells[column];
	if (!cell->made) {
		struct field_context context = list_context(list, &process->arena);

		cell->value =
			field_get(list->columns.items[column].field, process->snapshot, &context);
		/* a slice inside, at this border a NUL stands behind it */
		if (cell->value.kind == VALUE_TEXT)
			cell->value.text = arena_str(&process->arena, cell->value.text);
		cell->made = true;
	}
	return cell;
}

static int get_column_body(void *argument)
{
	struct get_call *call = argument;
	struct pscope_list *list = call->process->list;
	const struct field *field;

	if (!call->ret_value)
		return api_fail(&list->object, EINVAL, "a place for the value is needed");
	if (call->column >= list->columns.count)
		return api_fail(&list->object, ENOENT, "the list has no column %zu", call->column);
	field = list->columns.items[call->column].field;
	api_value_of(call->ret_value, field, &cell_at(call->process, call->column)->value);
	if (field->parts & PART_BIT(PART_RSS) && call->process->snapshot->rss_approximate)
		call->ret_value->flags = PSCOPE_VALUE_APPROXIMATE;
	return 0;
}

int pscope_process_get_column(struct pscope_process *process, unsigned column,
			      struct pscope_value *ret_value)
{
	return api_call(process ? &process->list->object : NULL, get_column_body,
			&(struct get_call){process, NULL, column, ret_value});
}

static int get_body(void *argument)
{
	struct get_call *call = argument;
	const struct columns *columns = &call->process->list->columns;
	const struct field *field;

	if (!call->name)
		return api_fail(&call->process->list->object, EINVAL, "the name is missing");
	for (call->column = 0; call->column < columns->count; call->column++)
		if (strcmp(columns->items[call->column].field->name, call->name) == 0)
			return get_column_body(call);
	field = field_find(str_of(call->name));
	for (call->column = 0; field && call->column < columns->count; call->column++)
		if (columns->items[call->column].field == field)
			return get_column_body(call);
	return api_fail(&call->process->list->object, ENOENT,
			field ? "the list was made without the field '%s'"
			      : "there is no field '%s'",
			call->name);
}

int pscope_process_get(struct pscope_process *process, const char *name,
		       struct pscope_value *ret_value)
{
	return api_call(process ? &process->list->object : NULL, get_body,
			&(struct get_call){process, name, 0, ret_value});
}

/* ---- reading it anew ---- */

/* What changed since it was read before, by the list's pass or alone. */
static void fill_interval(struct pscope_process *process, struct snapshot *before)
{
	struct snapshot_list old = {.items = before, .count = 1, .capacity = 1};
	struct snapshot_list one = {.items = &process->own, .count = 1, .capacity = 1};

	one.arena = process->arena;
	one.time_ns = process->own.time_ns;
	snapshot_list_since(&one, &old);
	process->arena = one.arena;
}

static int refresh_body(void *argument)
{
	struct pscope_process *process = argument;
	struct pscope_list *list = process->list;
	struct snapshot before = *process->snapshot, fresh = {0};
	struct arena arena = ARENA_INIT, arena_before;
	int r = scan_one(&list->object.pscope->root, process->snapshot->pid,
			 snapshot_ident(process->snapshot), list->parts & ~PART_BIT(PART_INTERVAL),
			 &arena, &fresh, &list->object.pscope->error);

	if (r != SCAN_DONE) {
		arena_deinit(&arena);
		return r == SCAN_GONE ? PSCOPE_GONE : r == SCAN_REUSED ? PSCOPE_REUSED : r;
	}
	arena_before = process->arena;
	process->arena = arena;
	process->own = fresh;
	process->snapshot = &process->own;
	process->cells = NULL;
	if (list->parts & PART_BIT(PART_INTERVAL))
		fill_interval(process, &before);
	arena_deinit(&arena_before);
	return 0;
}

int pscope_process_refresh(struct pscope_process *process)
{
	return api_call(process ? &process->list->object : NULL, refresh_body, process);
}

/* ---- the tree ---- */

/* Links the rows as the forest of the tables has them: it never loops. */
static int link_tree(void *argument)
{
	struct pscope_list *list = argument;
	const struct snapshot **rows = mem_alloc(list->count * sizeof *rows);
	struct rows_item *items = mem_alloc(list->count * sizeof *items);
	struct pscope_process **last = mem_alloc((list->count + 1) * sizeof(*last));
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		if (!list->sorted[i]->snapshot->is_thread)
			rows[count++] = list->sorted[i]->snapshot;
	rows_forest(rows, count, items);
	for (size_t i = 0; i < count; i++) {
		struct pscope_process *row = list_row_of(list, items[i].snapshot);
		unsigned depth = items[i].depth;

		row->parent = depth > 0 ? last[depth - 1] : NULL;
		row->first_child = row->next_sibling = NULL;
		if (last[depth])
			last[depth]->next_sibling = row;
		else if (depth > 0)
			last[depth - 1]->first_child = row;
		last[depth] = row;
		last[depth + 1] = NULL;
	}
	list->tree_known = true;
	free(rows);
	free(items);
	free(last);
	return 0;
}

static struct pscope_process *in_tree(struct pscope_process *process)
{
	if (!process || process->snapshot->is_thread)
		return NULL;
	if (!process->list->tree_known &&
	    api_call(&process->list->object, link_tree, process->list) < 0)
		return NULL;
	return process;
}

struct pscope_process *pscope_process_parent(struct pscope_process *process)
{
	process = in_tree(process);
	return process ? process->parent : NULL;
}

struct pscope_process *pscope_process_first_child(struct pscope_process *process)
{
	process = in_tree(process);
	return process ? process->first_child : NULL;
}

struct pscope_process *pscope_process_next_sibling(struct pscope_process *process)
{
	process = in_tree(process);
	return process ? process->next_sibling : NULL;
}

/* ---- as ps aux ---- */

struct print_call {
	struct pscope_process *process;
	char *buffer;
	size_t size;
};

static int print_body(void *argument)
{
	struct print_call *call = argument;
	struct pscope_list *list = call->process->list;
	struct field_context context = list_context(list, &list->scratch);
	struct buf text = BUF_INIT;
	int n;

	rows_add_aux(&text, call->process->snapshot, &context);
	n = api_copy_out(buf_str(&text), call->buffer, call->size);
	buf_deinit(&text);
	arena_clear(&list->scratch);
	return n;
}

int pscope_process_print_aux(struct pscope_process *process, char *buffer, size_t size)
{
	if (!buffer && size > 0)
		return -EINVAL;
	return api_call(process ? &process->list->object : NULL, print_body,
			&(struct print_call){process, buffer, size});
}

const char *pscope_aux_heading(void)
{
	return "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND";
}
