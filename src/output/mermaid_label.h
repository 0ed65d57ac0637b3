/* Labels of a Mermaid chart: any bytes become text that is drawn as it was. */
#ifndef OUTPUT_MERMAID_LABEL_H
#define OUTPUT_MERMAID_LABEL_H

#include "base/buf.h"
#include "model/table.h"

/* Appends text with everything escaped that Mermaid would take for syntax. */
void mermaid_add_escaped(struct buf *out, struct str text);
/*
 * Appends the image's arguments joined by spaces, cut to `columns`, escaped. Paths below
 * /nix/store/NAME/bin/ become <store>/ unless `full_store_paths`.
 */
void mermaid_add_command(struct buf *out, const struct proc_exec *exec, size_t columns,
			 bool full_store_paths);

#endif
