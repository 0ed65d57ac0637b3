/* Waiting for descriptors, a timer and signals: one epoll instance, nothing else blocks. */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include "base/error.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct loop {
	int epoll_fd, timer_fd, signal_fd;
	int64_t period_ns;
	sigset_t old_mask;
	bool mask_saved;
};

int loop_init(struct loop *loop, struct error *err);
void loop_deinit(struct loop *loop);
/* Wakes on input at `fd` (level triggered). Regular files, which epoll refuses, give -EPERM. */
int loop_add_fd(struct loop *loop, int fd);
void loop_remove_fd(struct loop *loop, int fd);
/* Wakes every `period_ns`; 0 switches the timer off. */
int loop_set_period(struct loop *loop, int64_t period_ns);
/* Blocks `signals` for the thread and wakes on them; loop_deinit restores the old mask. */
int loop_watch_signals(struct loop *loop, const sigset_t *signals);
/* Waits until something happens, at most `timeout_ms` (-1: no bound). 0, or negative errno. */
int loop_wait(struct loop *loop, int timeout_ms);
/* Takes one pending signal; 0 when there is none. */
int loop_next_signal(struct loop *loop, int *ret_sender_pid);

#endif
