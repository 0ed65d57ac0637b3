/*
 * Lists of processes. Key decision: a list owns one pass over the system and a row for each process
 * in it; values are made when they are asked for and kept with the row, so what the caller holds stays
 * valid until the next pass.
 */
#include "api/list.h"

#include "base/mem.h"
#include "source/host.h"

#include <errno.h>
#include <stdlib.h>

static struct error *error_of(const struct pscope_list *list)
{
	return &list->object.pscope->error;
}

struct field_context list_context(struct pscope_list *list, struct arena *arena)
{
	return (struct field_context){
		.host = &list->host,
		.names = api_names(list->object.pscope),
		.list = &list->now,
		.arena = arena,
	};
}

uint32_t list_parts(const struct pscope_list *list)
{
	uint32_t parts =
		PART_BIT(PART_STAT) | columns_parts(&list->columns) | order_parts(&list->order);

	return list->filter ? parts | filter_parts(list->filter) : parts;
}

struct pscope_process *list_row_of(const struct pscope_list *list, const struct snapshot *s)
{
	if (s >= list->now.items && s < list->now.items + list->now.count)
		return &list->rows[s - list->now.items];
	return (struct pscope_process *)((char *)(uintptr_t)s -
					 offsetof(struct pscope_process, own));
}

/* ---- making and freeing ---- */

struct new_call {
	struct pscope *pscope;
	const char *names;
	struct pscope_list **ret_list;
};

static int new_body(void *argument)
{
	struct new_call *call = argument;
	struct columns columns = {0};
	struct pscope_list *list;
	int r = columns_parse(&columns, str_of(call->names ? call->names : "aux"),
			      &call->pscope->error);

	if (r < 0)
		return r;
	list = mem_alloc(sizeof *list);
	list->columns = columns;
	snapshot_list_init(&list->now);
	snapshot_list_init(&list->before);
	api_object_init(&list->object, call->pscope);
	*call->ret_list = list;
	return 0;
}

int pscope_list_new(struct pscope *pscope, const char *names, struct pscope_list **ret_list)
{
	if (!ret_list)
		return -EINVAL;
	*ret_list = NULL;
	return api_create(pscope, new_body, &(struct new_call){pscope, names, ret_list});
}

static void drop_rows(struct pscope_list *list)
{
	for (size_t i = 0; list->rows && i < list->now.count; i++)
		arena_deinit(&list->rows[i].arena);
	free(list->rows);
	free(list->sorted);
	list->rows = NULL;
	list->sorted = NULL;
	list->count = 0;
	list->tree_known = false;
}

static int free_body(void *argument)
{
	struct pscope_list *list = argument;

	drop_rows(list);
	scan_free(list->scan);
	filter_free(list->filter);
	columns_deinit(&list->columns);
	snapshot_list_deinit(&list->now);
	snapshot_list_deinit(&list->before);
	arena_deinit(&list->scratch);
	host_deinit(&list->host);
	free(list->pids);
	return 0;
}

struct pscope_list *pscope_list_free(struct pscope_list *list)
{
	if (!list)
		return NULL;
	api_destroy(free_body, list);
	api_object_done(&list->object);
	free(list);
	return NULL;
}

/* ---- what it is to hold ---- */

/* The scan was made for other wishes. */
static void forget_scan(struct pscope_list *list)
{
	list->scan = scan_free(list->scan);
	list->passes = 0;
}

struct set_call {
	struct pscope_list *list;
	const char *text;
	const int32_t *pids;
	size_t count;
};

static int set_pids_body(void *argument)
{
	struct set_call *call = argument;
	struct pscope_list *list = call->list;
	int32_t *pids = NULL;

	if (!call->pids && call->count > 0)
		return error_set(error_of(list), EINVAL, "the pids are missing");
	if (call->count > 0) {
		pids = mem_realloc(NULL, call->count, sizeof *pids);
		memcpy(pids, call->pids, call->count * sizeof *pids);
	}
	forget_scan(list);
	free(list->pids);
	list->pids = pids;
	list->pid_count = call->count;
	return 0;
}

int pscope_list_set_pids(struct pscope_list *list, const int32_t *pids, size_t count)
{
	return api_call(list ? &list->object : NULL, set_pids_body,
			&(struct set_call){.list = list, .pids = pids, .count = count});
}

static int set_filter_body(void *argument)
{
	struct set_call *call = argument;
	struct pscope_list *list = call->list;
	struct filter *filter = NULL;
	int r = call->text ? filter_new(&filter, str_of(call->text), error_of(list)) : 0;

	if (r < 0)
		return r;
	filter_free(list->filter);
	list->filter = filter;
	return 0;
}

int pscope_list_set_filter(struct pscope_list *list, const char *filter)
{
	return api_call(list ? &list->object : NULL, set_filter_body,
			&(struct set_call){.list = list, .text = filter});
}

static int set_threads_body(void *argument)
{
	struct set_call *call = argument;

	if (call->list->threads != (call->count != 0))
		forget_scan(call->list);
	call->list->threads = call->count != 0;
	return 0;
}

int pscope_list_set_threads(struct pscope_list *list, int threads)
{
	return api_call(list ? &list->object : NULL, set_threads_body,
			&(struct set_call){.list = list, .count = threads != 0});
}

/* ---- order ---- */

static void sort_rows(struct pscope_list *list)
{
	struct field_context context = list_context(list, &list->scratch);
	const struct snapshot **rows;

	if (list->count == 0)
		return;
	rows = arena_alloc(&list->scratch, list->count * sizeof *rows);
	for (size_t i = 0; i < list->count; i++)
		rows[i] = list->sorted[i]->snapshot;
	order_sort(&list->order, rows, list->count, &context);
	for (size_t i = 0; i < list->count; i++)
		list->sorted[i] = list_row_of(list, rows[i]);
	list->tree_known = false;
	arena_clear(&list->scratch);
}

static int sort_body(void *argument)
{
	struct set_call *call = argument;
	struct order order = {0};
	int r = call->text ? order_parse(&order, str_of(call->text), error_of(call->list)) : 0;

	if (r < 0)
		return r;
	call->list->order = order;
	sort_rows(call->list);
	return 0;
}

int pscope_list_sort(struct pscope_list *list, const char *keys)
{
	return api_call(list ? &list->object : NULL, sort_body,
			&(struct set_call){.list = list, .text = keys});
}

/* ---- a pass ---- */

/* The first pass is perhaps the only one; who makes a second is likely to make more. */
static int prepare_scan(struct pscope_list *list)
{
	uint32_t parts = list_parts(list);

	if (list->scan && (list->parts != parts || list->passes == 1)) {
		bool again = list->parts == parts;

		list->scan = scan_free(list->scan);
		list->passes = again ? list->passes : 0;
	}
	if (list->scan)
		return 0;
	list->parts = parts;
	return scan_new(&list->scan,
			&(struct scan_options){
				.root = &list->object.pscope->root,
				.parts = parts & ~PART_BIT(PART_INTERVAL),
				.repeated = list->passes > 0,
				.threads = list->threads,
				.pids = list->pids,
				.pid_count = list->pid_count,
			},
			error_of(list));
}

static void make_rows(struct pscope_list *list)
{
	struct field_context context = list_context(list, &list->scratch);
	size_t count = list->now.count;

	list->rows = mem_alloc(count * sizeof *list->rows);
	list->sorted = mem_alloc(count * sizeof(struct pscope_process *));
	for (size_t i = 0; i < count; i++) {
		struct pscope_process *row = &list->rows[i];

		row->list = list;
		row->snapshot = &list->now.items[i];
		row->shown = !list->filter ||
			     filter_test(list->filter, row->snapshot, &context) == FILTER_YES;
		if (row->shown)
			list->sorted[list->count++] = row;
	}
	arena_clear(&list->scratch);
	if (list->order.count > 0)
		sort_rows(list);
}

static int refresh_body(void *argument)
{
	struct pscope_list *list = argument;
	struct snapshot_list before = list->before;
	bool interval = list_parts(list) & PART_BIT(PART_INTERVAL);
	int r;

	drop_rows(list);
	if (interval) {
		list->before = list->now;
		list->now = before;
	}
	snapshot_list_clear(&list->now);
	host_deinit(&list->host);
	list->host = (struct host){0};
	r = host_read(&list->object.pscope->root, HOST_BASIS, &list->host, error_of(list));
	r = r < 0 ? r : prepare_scan(list);
	r = r < 0 ? r : scan_pass(list->scan, &list->now, error_of(list));
	if (r < 0) {
		snapshot_list_clear(&list->now);
		return r;
	}
	list->passes++;
	if (interval)
		snapshot_list_since(&list->now, &list->before);
	make_rows(list);
	return 0;
}

int pscope_list_refresh(struct pscope_list *list)
{
	return api_call(list ? &list->object : NULL, refresh_body, list);
}

/* ---- what it holds ---- */

size_t pscope_list_count(const struct pscope_list *list)
{
	return list ? list->count : 0;
}

struct pscope_process *pscope_list_at(struct pscope_list *list, size_t index)
{
	return list && index < list->count ? list->sorted[index] : NULL;
}

struct pscope_process *pscope_list_find(struct pscope_list *list, int32_t pid)
{
	const struct snapshot *s = list ? snapshot_list_find(&list->now, pid) : NULL;
	struct pscope_process *row = s && list->rows ? list_row_of(list, s) : NULL;

	return row && row->shown ? row : NULL;
}

int64_t pscope_list_time_ns(const struct pscope_list *list)
{
	return list && list->rows ? list->now.time_ns : 0;
}

unsigned pscope_list_column_count(const struct pscope_list *list)
{
	return list ? (unsigned)list->columns.count : 0;
}

const struct pscope_field *pscope_list_column(const struct pscope_list *list, unsigned column)
{
	if (!list || column >= list->columns.count)
		return NULL;
	return (const struct pscope_field *)list->columns.items[column].field;
}
