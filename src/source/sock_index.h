/* The order of a list of sockets, what finds one in it, and what belongs to each. */
#ifndef SOURCE_SOCK_INDEX_H
#define SOURCE_SOCK_INDEX_H

#include "source/sock_holders.h"

/*
 * Sorts the list, drops what the kernel's tables showed twice because they changed while they were
 * read, and makes list->by_inode anew.
 */
void sock_index_make(struct socket_list *list);
/* Gives each socket its holders (sorted, copied into the list) and its other end. */
void sock_index_join(struct socket_list *list, const struct sock_held *held, size_t count);

#endif
