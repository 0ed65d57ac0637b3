/* What the rows of the task iterator mean. */
#ifndef SOURCE_BPF_ITERATE_ROW_H
#define SOURCE_BPF_ITERATE_ROW_H

#include "model/snapshot.h"
#include "source/bpf/iterate_load.h"

/* What every row has; PART_IO only where the kernel counts that. */
#define ITERATE_PARTS                                                                              \
	(PART_BIT(PART_STAT) | PART_BIT(PART_OWNER) | PART_BIT(PART_RSS) | PART_BIT(PART_LOCKED) | \
	 PART_BIT(PART_CPU_CLOCK))

struct iterate_reading {
	const struct iterate_load *load;
	bool worker_names_whole; /* 6.11 and later */
	bool io;                 /* PART_IO is wanted: it takes memory */
	uint64_t page;
};

void iterate_reading_init(struct iterate_reading *reading, const struct iterate_load *load);

/* Everything but the cost. `name`: of a kernel thread, else NULL. */
void iterate_put_row(const struct iterate_reading *reading, const struct iterate_row *row,
		     const struct iterate_kernel_name *name, struct arena *arena,
		     struct snapshot *s);
/* A number of the process's signal_struct; 0 where this kernel does not count that. */
uint64_t iterate_of_process(const struct iterate_reading *reading,
			    const struct iterate_block *block, enum iterate_constant member);
/* What the threads that ended had cost. */
struct iterate_counts iterate_counts_of_dead(const struct iterate_reading *reading,
					     const struct iterate_block *block);
void iterate_counts_add(struct iterate_counts *sum, const struct iterate_counts *more);
/* What its children have cost. */
void iterate_put_children(const struct iterate_reading *reading, const struct iterate_block *block,
			  struct snapshot_stat *stat);
/* `prev`: the times that were told last, of which none goes back. */
void iterate_put_cost(const struct iterate_reading *reading, struct snapshot *s,
		      struct arena *arena, const struct iterate_counts *c, uint64_t prev_utime,
		      uint64_t prev_stime);

#endif
