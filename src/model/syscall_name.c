/*
 * System calls by name. Key decision: the table is made at build time of the kernel's own header,
 * because the numbers differ between machines; calls that are newer than the header are listed
 * here, since from 424 on a number means the same call everywhere.
 */
#include "model/syscall_name.h"

#include <stddef.h>

static const char *const names[] = {
#include "syscall_names.gen.h"
};

/* Of Linux 6.5 to 6.17: arch/x86/entry/syscalls/syscall_64.tbl. */
#define NEW_FIRST 451
static const char *const new_names[] = {
	"cachestat",         "fchmodat2",         "map_shadow_stack", "futex_wake",
	"futex_wait",        "futex_requeue",     "statmount",        "listmount",
	"lsm_get_self_attr", "lsm_set_self_attr", "lsm_list_modules", "mseal",
	"setxattrat",        "getxattrat",        "listxattrat",      "removexattrat",
	"open_tree_attr",    "file_getattr",      "file_setattr",
};

const char *syscall_name(uint64_t number)
{
	if (number < sizeof names / sizeof *names && names[number])
		return names[number];
	if (number >= NEW_FIRST && number - NEW_FIRST < sizeof new_names / sizeof *new_names)
		return new_names[number - NEW_FIRST];
	return NULL;
}
