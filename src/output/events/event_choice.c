/*
 * Which records are events that were asked for. Key decision: asked here once for lines, objects
 * and statistics, so that the counts are those of what is shown.
 */
#include "output/events/event_choice.h"

#include "output/events/event_process.h"

enum event_kind event_kind_of(const struct record *record)
{
	static const struct {
		enum record_kind record;
		enum event_kind event;
	} pairs[] = {
		{RECORD_FORK,        EVENT_FORK    },
                {RECORD_EXEC,        EVENT_EXEC    },
		{RECORD_EXIT,        EVENT_EXIT    },
                {RECORD_CORE,        EVENT_CORE    },
		{RECORD_COMM,        EVENT_COMM    },
                {RECORD_CLONE,       EVENT_CLONE   },
		{RECORD_THREAD_EXIT, EVENT_CLONE   },
                {RECORD_PTRACE,      EVENT_PTRACE  },
		{RECORD_UID,         EVENT_UID     },
                {RECORD_GID,         EVENT_GID     },
		{RECORD_SID,         EVENT_SID     },
                {RECORD_PGID,        EVENT_PGID    },
		{RECORD_SIGNAL,      EVENT_SIGNAL  },
                {RECORD_OOM,         EVENT_OOM     },
		{RECORD_BAD_EXEC,    EVENT_BAD_EXEC},
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (pairs[i].record == record->kind)
			return pairs[i].event;
	return EVENT_KINDS;
}

/*
 * Threads name themselves all the time: told only to who asked for threads. And a name that is
 * learnt late, of a program that nobody saw, is no change of it.
 */
static bool is_comm_noise(const struct event_options *options, const struct record *record,
			  const struct proc *proc)
{
	if (record->tid && record->tid != record->pid)
		return !options->threads && !(options->events & EVENT_BIT(EVENT_CLONE));
	return record->inferred && event_process_missed_exec(proc);
}

static bool is_noise(const struct event_options *options, const struct record *record,
		     const struct proc *proc)
{
	switch (record->kind) {
	case RECORD_SIGNAL:
		return !record->signal.fatal;
	case RECORD_THREAD_EXIT: /* of the first thread: nearly always the end of the process */
		return !record->tid || record->tid == record->pid;
	case RECORD_COMM:
		return is_comm_noise(options, record, proc);
	default:
		return false;
	}
}

#define EVENTS_FAILED                                                                              \
	(EVENT_BIT(EVENT_FAILED_EXIT) | EVENT_BIT(EVENT_CORE) | EVENT_BIT(EVENT_SIGNAL) |          \
	 EVENT_BIT(EVENT_OOM) | EVENT_BIT(EVENT_BAD_EXEC))

static bool chosen(const struct event_options *options, unsigned events, const struct proc *proc,
		   int64_t time_ns)
{
	if (!(events & options->events))
		return false;
	if (options->failed_only && !(events & EVENTS_FAILED))
		return false;
	if (options->pgid && proc->pgid != options->pgid)
		return false;
	return !options->wanted || options->wanted(options->wanted_context, proc, time_ns);
}

bool event_wants(const struct event_options *options, const struct record *record,
		 const struct change *change)
{
	enum event_kind kind = event_kind_of(record);

	if (!change->proc || change->flags & CHANGE_DUPLICATE || kind == EVENT_KINDS ||
	    kind == EVENT_EXIT || is_noise(options, record, change->proc))
		return false;
	return chosen(options, EVENT_BIT(kind), change->proc, record->time_ns);
}

bool event_ends(const struct event_options *options, const struct change *change)
{
	return change->proc &&
	       change->flags & (options->settled_ends ? CHANGE_FINISHED : CHANGE_ENDED);
}

bool event_wants_end(const struct event_options *options, const struct proc *proc)
{
	unsigned events = EVENT_BIT(EVENT_EXIT);

	if (status_failed(proc->status))
		events |= EVENT_BIT(EVENT_FAILED_EXIT);
	return chosen(options, events, proc, proc->end_ns);
}
