/* Numbers with decimals as kernel files have them: loadavg, uptime, pressure. */
#ifndef PROCFS_DECIMAL_H
#define PROCFS_DECIMAL_H

#include "base/str.h"

#include <stdint.h>

/* "12.34" or "12", the whole word, at most nine decimals; in units of 1e-9. 0 or -EINVAL. */
int procfs_decimal_parse(struct str word, uint64_t *ret_nano);

#endif
