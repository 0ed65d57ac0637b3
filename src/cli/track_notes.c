/* What `pscope track` says on standard error, before and after. */
#include "cli/track.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>
#include <unistd.h>

/* "service=web.service": the old tool's form of what the target is called. */
static void add_target(struct buf *out, const struct live *live)
{
	struct str text = buf_str(&live->choice.text), kind;

	if (live->plan.argv) {
		buf_add_text(out, "command=");
		text_add_cmdline(out, buf_str(&live->words), true);
		return;
	}
	if (!live->choice.given || live->options->target.all) {
		buf_add_str(out, text);
		return;
	}
	kind = str_cut(&text, ' ');
	buf_add_str(out, kind);
	buf_add_char(out, '=');
	buf_add_str(out, text.p ? text : STR(""));
}

void track_say_start(const struct live *live, const struct track_cli *options, int64_t interval_ns)
{
	struct buf raw = BUF_INIT, text = BUF_INIT;

	if (options->quiet)
		return;
	add_target(&raw, live);
	buf_add_text(&text, "Tracking ");
	text_add_safe(&text, buf_str(&raw));
	buf_printf(&text, " interval=%gs\n", (double)interval_ns / NS_PER_SEC);
	if (options->live.duration_ns > 0)
		buf_printf(&text, "Will stop after %.1fs.\n",
			   (double)options->live.duration_ns / NS_PER_SEC);
	else
		buf_add_text(&text, "Press Ctrl+C to stop.\n");
	if (write(live->env->err_fd, text.p, text.n) < 0)
		cli_debug("standard error cannot be written");
	buf_deinit(&raw);
	buf_deinit(&text);
}

void track_say_missing(const struct live *live, const struct track *track)
{
	unsigned long long denied = 0, lost = live->run.lost;

	for (const struct track_row *row = track_first(track); row; row = row->next)
		denied += row->io_denied;
	if (denied > 0)
		cli_note(live->env,
			 "what %llu process%s read and wrote is not known (-): another user's is "
			 "shown to root and to CAP_SYS_PTRACE only",
			 denied, denied == 1 ? "" : "es");
	if (lost > 0)
		cli_note(live->env,
			 "%llu record%s %s lost: a larger --ring-size holds more at once", lost,
			 lost == 1 ? "" : "s", lost == 1 ? "was" : "were");
}
