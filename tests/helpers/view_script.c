/*
 * Plays a script to the full-screen view and prints what it draws, for golden tests. Each line is a
 * record as in tests/scripts, or one of
 *
 *	!round            a round of samples ends
 *	!state PID LETTER what a snapshot says of a process
 *	!machine          from here on rounds tell of a host, too (the same one always)
 *	!ascii, !top      before the first record: the terminal is ASCII; it is pscope top's view
 *	!press KEY...     Down, Enter, ...; any other word is typed
 *	!size W H         of the terminal
 *	!draw TITLE       prints the screen
 */
#include "view/test_stage.h"

#include <stdio.h>

static void describe(void *context, const struct track_row *row, unsigned width, struct buf *out)
{
	if (!row->end_ns)
		buf_printf(out, "Files of %d\n  0  /dev/null\n  1  pipe:[4711]\n", row->pid);
}

static void begin(struct stage *stage)
{
	if (stage->view)
		return;
	stage->options.describe = describe;
	stage_begin(stage);
}

static void take_machine(struct stage *stage)
{
	stage->machine = true;
	stage->host = (struct host){
		.name = "forge",
		.real_ns = INT64_C(1700000000000000000),
		.uptime_ns = INT64_C(9720000000000),
		.load_known = true,
		.load = {0.5, 1.25, 12},
		.tasks = { true, 120, 3, 116, 0, 1, 350},
		.memory_known = UINT64_MAX,
		.cpu_count = 2,
	};
	stage->host.memory_bytes[MEMORY_TOTAL] = UINT64_C(16) << 30;
	stage->host.memory_bytes[MEMORY_AVAILABLE] = UINT64_C(12) << 30;
	stage->host.memory_bytes[MEMORY_FREE] = UINT64_C(10) << 30;
	stage->share = (struct host_cpu_share){
		.known = true, .user = 30, .system = 12.5, .idle = 50, .iowait = 7.5};
}

static void press(struct stage *stage, char *keys)
{
	for (char *key = strtok(keys, " "); key; key = strtok(NULL, " "))
		if (stage_press(stage, key) == VIEW_ENDS)
			puts("the view ends");
}

static void draw(struct stage *stage, const char *title)
{
	printf("== %s: %u x %u\n", title, stage->canvas.width, stage->canvas.height);
	fputs(stage_draw(stage), stdout);
}

/* A line that begins with '!'. */
static void order(struct stage *stage, char *line)
{
	unsigned width, height;
	char letter;
	int pid;

	if (strcmp(line, "!ascii") == 0) {
		stage->canvas.ascii = true;
		return;
	}
	if (strcmp(line, "!top") == 0) {
		stage->options.command = "top";
		stage->options.hide_ended = true;
		return;
	}
	begin(stage);
	if (strcmp(line, "!round") == 0)
		stage_round(stage);
	else if (strcmp(line, "!machine") == 0)
		take_machine(stage);
	else if (sscanf(line, "!state %d %c", &pid, &letter) == 2)
		stage_state(stage, pid, letter);
	else if (sscanf(line, "!size %u %u", &width, &height) == 2)
		canvas_resize(&stage->canvas, width, height);
	else if (strncmp(line, "!press ", 7) == 0)
		press(stage, line + 7);
	else if (strncmp(line, "!draw ", 6) == 0)
		draw(stage, line + 6);
	else
		printf("what is '%s'?\n", line);
}

int main(void)
{
	struct stage stage = {0};
	char line[4096];

	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = 0;
		if (line[0] == '!') {
			order(&stage, line);
			continue;
		}
		begin(&stage);
		if (stage_line(&stage, line) < 0)
			printf("%s: %s\n", line, stage.error.text);
	}
	begin(&stage);
	stage_end(&stage);
	return 0;
}
