/*
 * Sections of inspect's page that no table of fields gives: family, limits, namespaces, privileges.
 * Key decision: what is as usual is one short line; only what differs is told in full.
 */
#include "output/inspect/inspect_page.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"
#include "output/grid.h"

#define CHILDREN_MAX 16  /* of a page; --all and JSON have all */
#define FAMILY_WIDTH 120 /* columns where there is no terminal: a command is a line */

/* ---- family ---- */

struct family {
	struct page *page;
	size_t pid_columns, user_columns;
	size_t width;
};

static void measure(struct family *family, const struct snapshot *s)
{
	struct buf *text = &family->page->value;
	size_t columns;

	buf_clear(text);
	buf_add_i64(text, s->pid);
	family->pid_columns = text->n > family->pid_columns ? text->n : family->pid_columns;
	buf_clear(text);
	page_add_field(family->page, s, "user", text);
	columns = text_columns(buf_str(text));
	family->user_columns = columns > family->user_columns ? columns : family->user_columns;
}

static const char *branch(const struct page *page, bool last)
{
	if (page->style->ascii)
		return last ? "`- " : "|- ";
	return last ? "└─ " : "├─ ";
}

static void add_member(struct family *family, const struct snapshot *s, size_t depth, bool last)
{
	struct page *page = family->page;
	size_t width = family->width;
	bool self = s == &page->of->self;
	struct value command = page_value(page, s, "command");
	size_t most = width / 3, indent = depth > 0 ? 3 * (depth - 1) : 0, used;

	indent = indent < most ? indent : most;
	buf_clear(&page->value);
	page_add_field(page, s, "user", &page->value);
	buf_printf(page->out, "%s%s %*d  ", self && page->style->colour ? "\x1b[1m" : "",
		   self ? ">" : " ", (int)family->pid_columns, s->pid);
	used = family->user_columns - text_columns(buf_str(&page->value));
	buf_add_str(page->out, buf_str(&page->value));
	buf_add_repeat(page->out, ' ', used + 2 + indent);
	buf_add_text(page->out, depth > 0 ? branch(page, last) : "");
	used = 2 + family->pid_columns + 2 + family->user_columns + 2 + indent +
	       (depth > 0 ? 3 : 0);
	text_add_fit(page->out, command.kind == VALUE_TEXT ? command.text : s->stat.comm,
		     width == 0         ? SIZE_MAX
		     : width > used + 8 ? width - used
					: 8,
		     page->style->ascii ? "+" : "…");
	buf_add_text(page->out, self && page->style->colour ? "\x1b[0m\n" : "\n");
}

void page_family(struct page *page)
{
	const struct inspection *of = page->of;
	struct family family = {.page = page};
	size_t shown = of->child_count;

	if (!of->family_known)
		return;
	family.width = page->style->width ? page->style->width : FAMILY_WIDTH;
	if (page->style->whole && page->style->width == 0)
		family.width = SIZE_MAX;
	if (!page->style->whole && shown > CHILDREN_MAX + 1)
		shown = CHILDREN_MAX;
	measure(&family, &of->self);
	for (size_t i = 0; i < of->ancestor_count; i++)
		measure(&family, &of->ancestors[i]);
	for (size_t i = 0; i < shown; i++)
		measure(&family, &of->children[i]);
	page_heading(page, "Family");
	for (size_t i = 0; i < of->ancestor_count; i++)
		add_member(&family, &of->ancestors[i], i, true);
	add_member(&family, &of->self, of->ancestor_count, true);
	for (size_t i = 0; i < shown; i++)
		add_member(&family, &of->children[i], of->ancestor_count + 1,
			   i + 1 == of->child_count);
	if (shown < of->child_count)
		buf_printf(page->out, "  %s and %zu more children (--all)\n", page_ellipsis(page),
			   of->child_count - shown);
}

/* ---- limits ---- */

/* How much of a limit is used, where a field knows. */
static const char *const limit_uses[LIMITS] = {
	[LIMIT_CPU] = "cpu_ns",
	[LIMIT_DATA] = "vm_data_bytes",
	[LIMIT_STACK] = "vm_stack_bytes",
	[LIMIT_RSS] = "rss_bytes",
	[LIMIT_OPEN_FILES] = "open_files",
	[LIMIT_LOCKED] = "vm_locked_bytes",
	[LIMIT_ADDRESS_SPACE] = "vsz_bytes",
	[LIMIT_SIGNALS] = "signals_queued",
};

static void add_limit(struct buf *out, enum limit_unit unit, uint64_t value)
{
	if (value == LIMIT_NONE)
		buf_add_text(out, "unlimited");
	else if (value == 0)
		buf_add_char(out, '0');
	else if (unit == LIMIT_BYTES)
		units_add_bytes(out, value);
	else if (unit == LIMIT_SECONDS && value < INT64_MAX / NS_PER_SEC)
		units_add_duration(out, (int64_t)value * NS_PER_SEC);
	else if (unit == LIMIT_MICROSECONDS && value < INT64_MAX / NS_PER_US)
		units_add_duration(out, (int64_t)value * NS_PER_US);
	else
		buf_add_u64(out, value);
}

static const struct grid_column limit_columns[] = {
	{"",       false},
	{"soft",   true },
	{"hard",   true },
	{"in use", true },
};

static bool is_unlimited(const struct limits *limits, unsigned i)
{
	return limits->soft[i] == LIMIT_NONE && limits->hard[i] == LIMIT_NONE;
}

static void add_limits(struct page *page)
{
	const struct limits *limits = &page->of->limits;
	struct grid grid;

	grid_init(&grid, limit_columns, 4);
	for (unsigned i = 0; i < LIMITS; i++) {
		struct buf *cell;

		if (!(limits->known & 1u << i) || is_unlimited(limits, i))
			continue;
		grid_text(&grid, limit_rows[i].name);
		add_limit(grid_cell(&grid), limit_rows[i].unit, limits->soft[i]);
		add_limit(grid_cell(&grid), limit_rows[i].unit, limits->hard[i]);
		cell = grid_cell(&grid);
		if (limit_uses[i] &&
		    page_value(page, &page->of->self, limit_uses[i]).kind > VALUE_DENIED)
			page_add_field(page, &page->of->self, limit_uses[i], cell);
	}
	grid_print(&grid, page->out, PAGE_INDENT, 0, page->style->colour);
	grid_deinit(&grid);
}

void page_limits(struct page *page)
{
	const struct limits *limits = &page->of->limits;

	if (page->of->limits_access == INSPECTION_UNKNOWN)
		return;
	page_heading(page, "Limits");
	if (page->of->limits_access == INSPECTION_DENIED) {
		page_add(page, "all", STR("not permitted"));
		return;
	}
	add_limits(page);
	buf_clear(&page->value);
	for (unsigned i = 0; i < LIMITS; i++)
		if (limits->known & 1u << i && is_unlimited(limits, i))
			buf_printf(&page->value, "%s%s", page->value.n ? ", " : "",
				   limit_rows[i].name);
	page_add(page, "unlimited", buf_str(&page->value));
}

/* ---- namespaces ---- */

/* Those for children count only where they are not the process's own. */
static bool is_repeated(const uint64_t *inodes, unsigned i)
{
	return (i == NS_PID_FOR_CHILDREN && inodes[i] == inodes[NS_PID]) ||
	       (i == NS_TIME_FOR_CHILDREN && inodes[i] == inodes[NS_TIME]);
}

static bool add_namespaces(struct page *page, const char *whose, bool shared)
{
	const uint64_t *inodes = page->of->self.namespaces, *own = page->of->own_namespaces;
	const char *separator = ": ";

	buf_clear(&page->value);
	buf_add_text(&page->value, whose);
	for (unsigned i = 0; i < SNAPSHOT_NAMESPACES; i++) {
		if (inodes[i] == 0 || is_repeated(inodes, i) ||
		    shared != (page->of->own_known && inodes[i] == own[i]))
			continue;
		buf_printf(&page->value, "%s%s", separator, snapshot_namespace_names[i]);
		if (!shared)
			buf_printf(&page->value, " %llu", (unsigned long long)inodes[i]);
		separator = ", ";
	}
	return separator[0] == ',';
}

/* Which are its own, and which those of who looks (of a captured tree: of the first process). */
void page_namespaces(struct page *page)
{
	const struct snapshot *self = &page->of->self;
	const char *whose = page->style->live ? "pscope's" : "process 1's";
	bool own;

	if (!snapshot_knows(self, PART_BIT(PART_NAMESPACES))) {
		page_add(page, "namespaces",
			 self->denied & PART_BIT(PART_NAMESPACES) ? STR("not permitted")
								  : STR("unknown"));
		return;
	}
	own = add_namespaces(page, page->of->own_known ? "its own" : "in", false);
	if (own)
		page_add(page, "namespaces", buf_str(&page->value));
	if (add_namespaces(page, whose, true))
		page_add(page, own ? "" : "namespaces",
			 own ? buf_str(&page->value)
			     : (page->style->live ? STR("all are pscope's")
						  : STR("all are process 1's")));
}

/* ---- privileges ---- */

static void add_names(struct page *page, uint64_t bits)
{
	bool first = true;

	for (unsigned i = 0; i < 64; i++) {
		const char *name = capability_name(i);

		if (!(bits >> i & 1))
			continue;
		buf_printf(&page->value, "%s%s", first ? "" : ", ", name ? "cap_" : "capability ");
		if (name)
			buf_add_text(&page->value, name);
		else
			buf_printf(&page->value, "%u", i);
		first = false;
	}
}

/* "none", "all", "all but ..." when few miss, or the names. */
static struct str capability_text(struct page *page, uint64_t bits)
{
	uint64_t all = page->of->all_capabilities;

	buf_clear(&page->value);
	if (bits == 0)
		return STR("none");
	if ((bits & all) == all)
		return STR("all");
	if (__builtin_popcountll(all & ~bits) < __builtin_popcountll(bits)) {
		buf_add_text(&page->value, "all but ");
		add_names(page, all & ~bits);
	} else {
		add_names(page, bits);
	}
	return buf_str(&page->value);
}

static void add_capabilities(struct page *page, const struct snapshot_status *status)
{
	const uint64_t *mask = status->mask;
	const struct {
		const char *label;
		enum status_mask which;
		bool shown;
	} sets[] = {
		{"effective",   STATUS_CAP_EFFECTIVE,   true                             },
		{"permitted",   STATUS_CAP_PERMITTED,
		 mask[STATUS_CAP_PERMITTED] != mask[STATUS_CAP_EFFECTIVE]                },
		{"inheritable", STATUS_CAP_INHERITABLE, mask[STATUS_CAP_INHERITABLE] != 0},
		{"ambient",     STATUS_CAP_AMBIENT,     mask[STATUS_CAP_AMBIENT] != 0    },
		{"bounding",    STATUS_CAP_BOUNDING,
		 (mask[STATUS_CAP_BOUNDING] & page->of->all_capabilities) !=
			 page->of->all_capabilities                                      },
	};

	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
		if (sets[i].shown && status->masks_known & 1u << sets[i].which)
			page_add(page, sets[i].label, capability_text(page, mask[sets[i].which]));
}

static const struct page_row restrictions[] = {
	{"no_new_privs", "[no_new_privs?yes: exec can give it no more]"            },
	{"seccomp",      "[{seccomp}][seccomp_filters?, {seccomp_filters} filters]"},
	{"umask",        "[{umask}]"                                               },
};

void page_privileges(struct page *page)
{
	const struct snapshot *self = &page->of->self;

	page_heading(page, "Privileges");
	if (snapshot_knows(self, PART_BIT(PART_STATUS)))
		add_capabilities(page, self->status);
	else
		page_add(page, "effective",
			 self->denied & PART_BIT(PART_STATUS) ? STR("not permitted")
							      : STR("unknown"));
	PAGE_ROWS(page, restrictions);
	buf_clear(&page->value);
	if (page->of->label_access == INSPECTION_DENIED)
		buf_add_text(&page->value, "not permitted");
	else
		text_add_safe(&page->value, page->of->label);
	page_add(page, "LSM label", buf_str(&page->value));
}
