/*
 * The event log for programs. Key decision: it is the recording's own JSON Lines with fewer lines, so
 * that there is one shape to read; each line ends with its process's name, because who joins a log
 * midway has not read the Exec.
 */
#include "output/events/event_choice.h"

#include "base/mem.h"
#include "output/events/event_process.h"
#include "output/jsonl.h"

static bool is_record_wanted(const void *context, const struct record *record,
			     const struct change *change)
{
	return event_wants(context, record, change);
}

static bool is_exit_wanted(const void *context, const struct proc *proc)
{
	return event_wants_end(context, proc);
}

static struct json_name name_of(const void *context, const struct proc *proc)
{
	struct event_process_name name = event_process_name(proc, context);

	return (struct json_name){name.text, name.mark == NAME_INHERITED};
}

struct sink *event_json_new(const struct event_options *events,
			    const struct output_options *options)
{
	struct event_options *copy = mem_alloc(sizeof *copy);

	*copy = *events;
	return jsonl_new(options, &(struct jsonl_choice){.record = is_record_wanted,
							 .exit = is_exit_wanted,
							 .name = name_of,
							 .context = copy,
							 .line_buffered = copy->line_buffered});
}
