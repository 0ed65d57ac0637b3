/*
 * Values at the border of the library. Key decision: one tagged union with room to grow is all of
 * the layout that callers see; it is filled here only.
 */
#include "api/api.h"

#include "base/text.h"

#include <errno.h>
#include <inttypes.h>

#define SAME(public, own) _Static_assert((int)(public) == (int)(own), #own)
SAME(PSCOPE_TYPE_NUMBER, FIELD_NUMBER);
SAME(PSCOPE_TYPE_BYTES, FIELD_BYTES);
SAME(PSCOPE_TYPE_DURATION, FIELD_DURATION);
SAME(PSCOPE_TYPE_TIME, FIELD_TIME);
SAME(PSCOPE_TYPE_PERCENT, FIELD_PERCENT);
SAME(PSCOPE_TYPE_RATE, FIELD_RATE);
SAME(PSCOPE_TYPE_TEXT, FIELD_TEXT);
SAME(PSCOPE_TYPE_WORDS, FIELD_WORDS);
SAME(PSCOPE_TYPE_ADDRESS, FIELD_ADDRESS);
SAME(PSCOPE_TYPE_MASK, FIELD_MASK);
SAME(PSCOPE_TYPE_OCTAL, FIELD_OCTAL);
SAME(PSCOPE_TYPE_FLAG, FIELD_FLAG);
SAME(PSCOPE_TYPE_LIST, FIELD_LIST);
SAME(FIELD_TYPES, PSCOPE_TYPE_BOOT_TIME);
_Static_assert(sizeof(struct pscope_value) == 48, "the layout that programs were compiled with");

static struct pscope_value value_of(int kind, int type)
{
	return (struct pscope_value){.kind = kind, .type = type};
}

void api_value_unknown(struct pscope_value *ret)
{
	*ret = value_of(PSCOPE_UNKNOWN, ret->type);
}

void api_value_signed(struct pscope_value *ret, int type, int64_t value)
{
	*ret = value_of(PSCOPE_SIGNED, type);
	ret->as.i = value;
}

void api_value_unsigned(struct pscope_value *ret, int type, uint64_t value)
{
	*ret = value_of(PSCOPE_UNSIGNED, type);
	ret->as.u = value;
}

void api_value_real(struct pscope_value *ret, int type, double value)
{
	*ret = value_of(PSCOPE_REAL, type);
	ret->as.real = value;
}

void api_value_flag(struct pscope_value *ret, bool value)
{
	*ret = value_of(PSCOPE_FLAG, PSCOPE_TYPE_FLAG);
	ret->as.flag = value;
}

static void set_text(struct pscope_value *ret, int kind, int type, struct str text)
{
	*ret = value_of(text.p ? kind : PSCOPE_UNKNOWN, type);
	ret->as.text.bytes = text.p;
	ret->as.text.size = text.n;
}

void api_value_text(struct pscope_value *ret, struct str text)
{
	set_text(ret, PSCOPE_TEXT, PSCOPE_TYPE_TEXT, text);
}

void api_value_words(struct pscope_value *ret, struct str words)
{
	set_text(ret, PSCOPE_WORDS, PSCOPE_TYPE_WORDS, words);
}

void api_value_of(struct pscope_value *ret, const struct field *field, const struct value *value)
{
	static const int kinds[] = {
		[VALUE_UNKNOWN] = PSCOPE_UNKNOWN, [VALUE_DENIED] = PSCOPE_DENIED,
		[VALUE_SIGNED] = PSCOPE_SIGNED,   [VALUE_UNSIGNED] = PSCOPE_UNSIGNED,
		[VALUE_REAL] = PSCOPE_REAL,       [VALUE_TEXT] = PSCOPE_TEXT,
		[VALUE_FLAG] = PSCOPE_FLAG,       [VALUE_LIST] = PSCOPE_LIST,
	};

	*ret = value_of(kinds[value->kind], (int)field->type);
	switch (value->kind) {
	case VALUE_SIGNED:
		ret->as.i = value->i;
		break;
	case VALUE_UNSIGNED:
		ret->as.u = value->u;
		break;
	case VALUE_REAL:
		ret->as.real = value->real;
		break;
	case VALUE_FLAG:
		ret->as.flag = value->flag;
		break;
	case VALUE_TEXT:
		set_text(ret, field->type == FIELD_WORDS ? PSCOPE_WORDS : PSCOPE_TEXT,
			 (int)field->type, value->text);
		break;
	case VALUE_LIST:
		ret->as.list.items = value->list.p;
		ret->as.list.count = value->list.n;
		break;
	default:
		break;
	}
}

/* ---- units ---- */

int api_type_of_name(struct str name)
{
	static const struct {
		struct str end;
		int type;
	} ends[] = {
		{STR("_ns"),      PSCOPE_TYPE_DURATION},
		{STR("_bytes"),   PSCOPE_TYPE_BYTES   },
		{STR("_percent"), PSCOPE_TYPE_PERCENT },
	};

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (name.n > ends[i].end.n &&
		    str_eq(str_skip(name, name.n - ends[i].end.n), ends[i].end))
			return ends[i].type;
	return PSCOPE_TYPE_NUMBER;
}

const char *pscope_type_unit(int type)
{
	static const char *const units[] = {
		[PSCOPE_TYPE_BYTES] = "bytes",        [PSCOPE_TYPE_DURATION] = "ns",
		[PSCOPE_TYPE_TIME] = "ns since 1970", [PSCOPE_TYPE_PERCENT] = "percent",
		[PSCOPE_TYPE_RATE] = "per second",    [PSCOPE_TYPE_BOOT_TIME] = "ns since boot",
	};

	if (type < 0 || (size_t)type >= sizeof units / sizeof *units || !units[type])
		return "";
	return units[type];
}

/* ---- as numbers ---- */

int pscope_value_to_integer(const struct pscope_value *value, int64_t *ret_number)
{
	const double limit = 9223372036854775808.0; /* 2^63 */

	if (!value || !ret_number)
		return -EINVAL;
	switch (value->kind) {
	case PSCOPE_UNKNOWN:
	case PSCOPE_DENIED:
		return -ENODATA;
	case PSCOPE_SIGNED:
		*ret_number = value->as.i;
		return 0;
	case PSCOPE_UNSIGNED:
		if (value->as.u > INT64_MAX)
			return -ERANGE;
		*ret_number = (int64_t)value->as.u;
		return 0;
	case PSCOPE_REAL:
		if (!(value->as.real >= -limit && value->as.real < limit))
			return -ERANGE;
		*ret_number = (int64_t)value->as.real;
		return 0;
	case PSCOPE_FLAG:
		*ret_number = value->as.flag != 0;
		return 0;
	default:
		return -EINVAL;
	}
}

int pscope_value_to_real(const struct pscope_value *value, double *ret_number)
{
	int64_t number;
	int r;

	if (!value || !ret_number)
		return -EINVAL;
	if (value->kind == PSCOPE_REAL) {
		*ret_number = value->as.real;
		return 0;
	}
	if (value->kind == PSCOPE_UNSIGNED) {
		*ret_number = (double)value->as.u;
		return 0;
	}
	r = pscope_value_to_integer(value, &number);
	if (r == 0)
		*ret_number = (double)number;
	return r;
}

/* ---- for people ---- */

static void add_number(struct buf *out, const struct pscope_value *v)
{
	switch (v->type) {
	case PSCOPE_TYPE_ADDRESS:
		buf_printf(out, "0x%" PRIx64, v->as.u);
		break;
	case PSCOPE_TYPE_MASK:
		buf_printf(out, "%016" PRIx64, v->as.u);
		break;
	case PSCOPE_TYPE_OCTAL:
		buf_printf(out, "%04" PRIo64, v->as.u);
		break;
	default:
		buf_add_u64(out, v->as.u);
	}
}

static void add_words(struct buf *out, struct str words)
{
	struct buf text = BUF_INIT;

	text_add_cmdline(&text, words, true);
	text_add_safe(out, buf_str(&text));
	buf_deinit(&text);
}

static void add_list(struct buf *out, const struct pscope_value *v)
{
	for (size_t i = 0; i < v->as.list.count; i++)
		buf_printf(out, "%s%" PRIu32, i ? "," : "", v->as.list.items[i]);
}

/* A caller made it: what it would point to is not there. */
static bool is_hollow(const struct pscope_value *v)
{
	switch (v->kind) {
	case PSCOPE_TEXT:
	case PSCOPE_WORDS:
		return !v->as.text.bytes && v->as.text.size > 0;
	case PSCOPE_LIST:
		return !v->as.list.items && v->as.list.count > 0;
	default:
		return false;
	}
}

static void add_value(struct buf *out, const struct pscope_value *v)
{
	switch (is_hollow(v) ? PSCOPE_UNKNOWN : v->kind) {
	case PSCOPE_DENIED:
		buf_add_char(out, '?');
		break;
	case PSCOPE_SIGNED:
		buf_add_i64(out, v->as.i);
		break;
	case PSCOPE_UNSIGNED:
		add_number(out, v);
		break;
	case PSCOPE_REAL:
		buf_printf(out, "%.2f", v->as.real);
		break;
	case PSCOPE_FLAG:
		buf_add_text(out, v->as.flag ? "yes" : "no");
		break;
	case PSCOPE_TEXT:
		text_add_safe(out, (struct str){v->as.text.bytes, v->as.text.size});
		break;
	case PSCOPE_WORDS:
		add_words(out, (struct str){v->as.text.bytes, v->as.text.size});
		break;
	case PSCOPE_LIST:
		add_list(out, v);
		break;
	case PSCOPE_LIFE:
		buf_printf(out, "%" PRId32 "@%" PRIu64, v->as.life.tgid, v->as.life.start_ns);
		break;
	default:
		buf_add_char(out, '-');
	}
}

struct print_call {
	const struct pscope_value *value;
	char *buffer;
	size_t size;
};

static int print_body(void *argument)
{
	struct print_call *call = argument;
	struct buf text = BUF_INIT;
	int n;

	add_value(&text, call->value);
	n = api_copy_out(buf_str(&text), call->buffer, call->size);
	buf_deinit(&text);
	return n;
}

int pscope_value_print(const struct pscope_value *value, char *buffer, size_t size)
{
	struct pscope nobody = {.usable = true};
	struct api_object object = {.pscope = &nobody};

	if (!value || (!buffer && size > 0))
		return -EINVAL;
	return api_call(&object, print_body, &(struct print_call){value, buffer, size});
}
