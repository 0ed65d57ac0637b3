/*
 * Waiting. Key decision: one epoll instance with a timerfd and a signalfd, so that everything
 * pscope waits for is a descriptor and nothing runs in a signal handler.
 */
#include "base/loop.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

int loop_init(struct loop *loop, struct error *err)
{
	*loop = (struct loop){.epoll_fd = -1, .timer_fd = -1, .signal_fd = -1};
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		return error_set(err, errno, "cannot wait for events: epoll_create1: %s",
				 error_name(errno));
	return 0;
}

void loop_deinit(struct loop *loop)
{
	cleanup_close_fn(&loop->timer_fd);
	cleanup_close_fn(&loop->signal_fd);
	cleanup_close_fn(&loop->epoll_fd);
	if (loop->mask_saved)
		sigprocmask(SIG_SETMASK, &loop->old_mask, NULL);
	*loop = (struct loop){.epoll_fd = -1, .timer_fd = -1, .signal_fd = -1};
}

int loop_add_fd(struct loop *loop, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

void loop_remove_fd(struct loop *loop, int fd)
{
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

int loop_set_period(struct loop *loop, int64_t period_ns)
{
	struct itimerspec spec = {
		.it_interval = {period_ns / NS_PER_SEC, period_ns % NS_PER_SEC},
		.it_value = {period_ns / NS_PER_SEC, period_ns % NS_PER_SEC},
	};
	int r;

	if (loop->timer_fd < 0) {
		loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
		if (loop->timer_fd < 0)
			return -errno;
		r = loop_add_fd(loop, loop->timer_fd);
		if (r < 0)
			return r;
	}
	loop->period_ns = period_ns;
	return timerfd_settime(loop->timer_fd, 0, &spec, NULL) < 0 ? -errno : 0;
}

int loop_watch_signals(struct loop *loop, const sigset_t *signals)
{
	if (sigprocmask(SIG_BLOCK, signals, &loop->old_mask) < 0)
		return -errno;
	loop->mask_saved = true;
	loop->signal_fd = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (loop->signal_fd < 0)
		return -errno;
	return loop_add_fd(loop, loop->signal_fd);
}

int loop_wait(struct loop *loop, int timeout_ms)
{
	struct epoll_event events[8];
	int n = epoll_wait(loop->epoll_fd, events, 8, timeout_ms);
	uint64_t ticks;

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++)
		if (events[i].data.fd == loop->timer_fd &&
		    read(loop->timer_fd, &ticks, sizeof ticks) < 0 && errno != EAGAIN)
			return -errno;
	return 0;
}

int loop_next_signal(struct loop *loop, int *ret_sender_pid)
{
	struct signalfd_siginfo info;

	if (loop->signal_fd < 0 || read(loop->signal_fd, &info, sizeof info) != sizeof info)
		return 0;
	if (ret_sender_pid)
		*ret_sender_pid = (int)info.ssi_pid;
	return (int)info.ssi_signo;
}
