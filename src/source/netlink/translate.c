/*
 * Events -> records. Key decision: the C library changes the ids of a process thread by thread, and
 * every thread tells of it; the leader's word counts, which is also what proc shows.
 */
#include "source/netlink/translate.h"

static enum record_kind kind_of(uint32_t what)
{
	static const struct {
		uint32_t what;
		enum record_kind kind;
	} kinds[] = {
		{CONNECTOR_UID,    RECORD_UID   },
                {CONNECTOR_GID,    RECORD_GID   },
		{CONNECTOR_SID,    RECORD_SID   },
                {CONNECTOR_PTRACE, RECORD_PTRACE},
		{CONNECTOR_COMM,   RECORD_COMM  },
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].what == what)
			return kinds[i].kind;
	return RECORD_NONE;
}

bool translate_event(const struct connector_event *event, int64_t time_ns, struct ident ident,
		     int32_t pid, bool threads, struct record *ret)
{
	enum record_kind kind = kind_of(event->what);
	bool of_thread = event->tid != event->tgid;

	if (kind == RECORD_NONE ||
	    (of_thread && kind != RECORD_PTRACE && !(kind == RECORD_COMM && threads)))
		return false;
	*ret = record_make(kind, time_ns, ident, pid);
	if (of_thread)
		ret->tid = event->tid;
	switch (kind) {
	case RECORD_UID:
	case RECORD_GID:
		ret->ids.real = event->ids.real;
		ret->ids.effective = event->ids.effective;
		break;
	case RECORD_SID:
		ret->new_id = pid;
		break;
	case RECORD_PTRACE:
		ret->new_id = event->other.tgid;
		break;
	default:
		ret->comm.comm = str_of(event->comm);
	}
	return true;
}
