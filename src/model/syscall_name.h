/* System calls by name, of the machine that pscope was built for. */
#ifndef MODEL_SYSCALL_NAME_H
#define MODEL_SYSCALL_NAME_H

#include <stdint.h>

/* "read"; NULL when there is none of that number. */
const char *syscall_name(uint64_t number);

#endif
