/*
 * Labels of a Mermaid chart. Key decision: only what changes the meaning is escaped (a colon ends
 * a label, # begins an entity, ; ends a statement), so labels stay readable in the source too.
 */
#include "output/mermaid_label.h"

#include "base/text.h"
#include "output/value.h"

static const char store_path[] = "/nix/store/";
static const char store_short[] = "<store>/"; /* documented; drawn as it is */

void mermaid_add_escaped(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		const char *entity = NULL;

		switch (text.p[i]) {
		case ':':
			entity = "#58;";
			break;
		case ';':
			entity = "#59;";
			break;
		case '#':
			entity = "#35;";
			break;
		case '&': /* the next three: the chart may stand in a page */
			entity = "#amp;";
			break;
		case '<':
			entity = "#lt;";
			break;
		case '>':
			entity = "#gt;";
			break;
		case '%': /* two of them begin a comment or a directive */
			entity = i > 0 && text.p[i - 1] == '%' ? "#37;" : NULL;
			break;
		}
		if (entity)
			buf_add_text(out, entity);
		else
			buf_add_char(out, text.p[i]);
	}
}

/* A label while it grows to its limit. */
struct label {
	struct buf *out;
	struct buf safe; /* scratch */
	size_t left;     /* columns */
	bool cut, full_store_paths;
};

static void add_text(struct label *label, struct str text)
{
	if (text.n == 0 || label->cut)
		return;
	if (label->left == 0) {
		buf_add_text(label->out, "…");
		label->cut = true;
		return;
	}
	buf_clear(&label->safe);
	text_add_safe_cut(&label->safe, text, label->left);
	label->left -= value_columns(buf_str(&label->safe));
	mermaid_add_escaped(label->out, buf_str(&label->safe));
}

static void add_store(struct label *label)
{
	if (label->left < sizeof store_short - 1)
		label->left = 0; /* cut at whatever comes next */
	if (label->left == 0 || label->cut) {
		add_text(label, STR("…"));
		return;
	}
	buf_add_text(label->out, store_short);
	label->left -= sizeof store_short - 1;
}

/* The length of a store path up to its /bin/, that included; 0 when it has none. */
static size_t store_length(struct str path)
{
	/* sh -c "/nix/store/a/bin/x /nix/store/b/bin/y": each on its own */
	const char *space = memchr(path.p, ' ', path.n);
	size_t n = space ? (size_t)(space - path.p) : path.n;
	const char *bin = memmem(path.p, n, "/bin/", 5);

	return bin ? (size_t)(bin - path.p) + 5 : 0;
}

static void add_word(struct label *label, struct str word)
{
	while (!label->full_store_paths && !label->cut) {
		const char *at = memmem(word.p, word.n, store_path, sizeof store_path - 1);
		size_t before, length;

		if (!at)
			break;
		before = (size_t)(at - word.p);
		length = store_length(str_skip(word, before));
		if (length > 0) {
			add_text(label, (struct str){word.p, before});
			add_store(label);
		} else {
			length = sizeof store_path - 1;
			add_text(label, (struct str){word.p, before + length});
		}
		word = str_skip(word, before + length);
	}
	add_text(label, word);
}

void mermaid_add_command(struct buf *out, const struct proc_exec *exec, size_t columns,
			 bool full_store_paths)
{
	struct label label = {.out = out, .left = columns, .full_store_paths = full_store_paths};
	struct str words = exec->argv, word;

	if (words.n == 0)
		add_word(&label, exec->filename.n ? exec->filename : exec->comm);
	for (bool first = true; !label.cut && text_next_word(&words, &word); first = false) {
		if (!first)
			add_text(&label, STR(" "));
		add_word(&label, word);
	}
	buf_deinit(&label.safe);
}
