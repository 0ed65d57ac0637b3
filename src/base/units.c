/* Numbers with units. Key decision: integer arithmetic, so what is parsed exactly stays exact. */
#include "base/units.h"

#include "base/clock.h"

#include <ctype.h>
#include <errno.h>

/* Three significant digits: 4.56, 45.6, 456. */
static void add_scaled(struct buf *out, double value, const char *unit)
{
	buf_printf(out, "%.*f%s", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value, unit);
}

void units_add_duration(struct buf *out, int64_t ns)
{
	if (ns < 0) {
		buf_add_char(out, '-');
		ns = ns == INT64_MIN ? INT64_MAX : -ns;
	}
	int64_t seconds = ns / NS_PER_SEC + (ns % NS_PER_SEC >= NS_PER_SEC / 2);

	if (ns < 1000)
		buf_printf(out, "%lldns", (long long)ns);
	else if (ns < 999500)
		add_scaled(out, (double)ns / 1e3, "us");
	else if (ns < 999500000)
		add_scaled(out, (double)ns / 1e6, "ms");
	else if (seconds < 60)
		add_scaled(out, (double)ns / 1e9, "s");
	else if (seconds < 3600)
		buf_printf(out, "%lldm%02llds", (long long)seconds / 60, (long long)seconds % 60);
	else if (seconds < 86400)
		buf_printf(out, "%lldh%02lldm", (long long)seconds / 3600,
			   (long long)seconds / 60 % 60);
	else
		buf_printf(out, "%lldd%02lldh", (long long)seconds / 86400,
			   (long long)seconds / 3600 % 24);
}

void units_add_bytes(struct buf *out, uint64_t bytes)
{
	static const char *const units[] = {"K", "M", "G", "T", "P", "E"};
	double value = (double)bytes;
	size_t i = 0;

	if (bytes < 1024) {
		buf_printf(out, "%lluB", (unsigned long long)bytes);
		return;
	}
	for (value /= 1024; value >= 999.5 && i + 1 < sizeof units / sizeof *units; i++)
		value /= 1024;
	add_scaled(out, value, units[i]);
}

/* number[.fraction] times `scale`, exact; *ret_rest is the unit behind it. */
static int parse_number(struct str text, struct str *ret_rest, uint64_t *ret_whole,
			uint64_t *ret_fraction_ppb)
{
	uint64_t whole = 0, fraction = 0, place = 100000000;
	size_t i = 0;

	while (i < text.n && isdigit((unsigned char)text.p[i]))
		if (__builtin_mul_overflow(whole, (uint64_t)10, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(text.p[i++] - '0'), &whole))
			return -ERANGE;
	if (i == 0 && !(text.n > 0 && text.p[0] == '.')) /* ".5" is a number, as for sleep(1) */
		return -EINVAL;
	if (i < text.n && text.p[i] == '.') {
		size_t first = ++i;

		for (; i < text.n && isdigit((unsigned char)text.p[i]); i++, place /= 10)
			fraction += (uint64_t)(text.p[i] - '0') * place;
		if (i == first)
			return -EINVAL;
	}
	*ret_rest = str_skip(text, i);
	*ret_whole = whole;
	*ret_fraction_ppb = fraction;
	return 0;
}

static int scale(uint64_t whole, uint64_t fraction_ppb, uint64_t unit, uint64_t *ret)
{
	__uint128_t value =
		(__uint128_t)whole * unit + (__uint128_t)fraction_ppb * unit / 1000000000;

	if (value > INT64_MAX)
		return -ERANGE;
	*ret = (uint64_t)value;
	return 0;
}

int units_parse_duration(struct str text, int64_t default_ns, int64_t *ret_ns)
{
	static const struct {
		const char *name;
		int64_t ns;
	} units[] = {
		{"ns", 1                 },
		{"us", NS_PER_US         },
		{"ms", NS_PER_MS         },
		{"s",  NS_PER_SEC        },
		{"m",  60 * NS_PER_SEC   },
		{"h",  3600 * NS_PER_SEC },
		{"d",  86400 * NS_PER_SEC},
	};
	uint64_t whole, fraction, ns;
	struct str unit;
	int64_t unit_ns = 0;
	int r = parse_number(text, &unit, &whole, &fraction);

	if (r < 0)
		return r;
	if (unit.n == 0)
		unit_ns = default_ns;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (str_is(unit, units[i].name))
			unit_ns = units[i].ns;
	if (unit_ns == 0)
		return -EINVAL;
	r = scale(whole, fraction, (uint64_t)unit_ns, &ns);
	if (r < 0)
		return r;
	*ret_ns = (int64_t)ns;
	return 0;
}

int units_parse_bytes(struct str text, uint64_t *ret_bytes)
{
	static const char letters[] = "KMGTPE";
	uint64_t whole, fraction, unit_bytes = 1;
	struct str unit;
	int r = parse_number(text, &unit, &whole, &fraction);

	if (r < 0)
		return r;
	if (unit.n > 0 && unit.p[0] != 'B') {
		const char *at = strchr(letters, toupper((unsigned char)unit.p[0]));

		if (!at || !*at)
			return -EINVAL;
		unit_bytes = (uint64_t)1 << (10 * (at - letters + 1));
		unit = str_skip(unit, 1);
	}
	if (unit.n != 0 && !str_is(unit, "B") && !str_is(unit, "iB"))
		return -EINVAL;
	return scale(whole, fraction, unit_bytes, ret_bytes);
}
