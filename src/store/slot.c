/*
 * Values to columns and back. Key decision: strings stay text wherever they are text, so that a
 * recording reads well in any SQLite tool; what is no text is a BLOB, and either way the bytes
 * come back as they were. The words of a command line are one TEXT, parted by the unit separator
 * (U+001F): replace(argv, char(31), ' ') shows them, where a NUL would end the text.
 */
#include "store/slot.h"

#include "base/text.h"
#include "model/record.h"

#include <errno.h>

#define WORD_END '\x1f'

static const void *field_of(const struct slot *slot, const void *base)
{
	return (const char *)base + slot->offset;
}

static bool is_ascii_text(struct str text)
{
	unsigned char bad = 0;

	for (size_t i = 0; i < text.n; i++)
		bad |= (unsigned char)((text.p[i] & 0x80) | (text.p[i] == 0 ? 0x80 : 0));
	return !bad;
}

static bool is_text(struct str text)
{
	return is_ascii_text(text) || (!memchr(text.p, 0, text.n) && utf8_valid(text));
}

int slot_bind_str(sqlite3_stmt *to, int index, struct str text)
{
	if (!text.p)
		return SQLITE_OK;
	if (is_text(text))
		return sqlite3_bind_text64(to, index, text.p, text.n, SQLITE_STATIC, SQLITE_UTF8);
	return sqlite3_bind_blob64(to, index, text.p, text.n, SQLITE_STATIC);
}

bool slot_words_are_text(struct str words)
{
	unsigned char bad = 0;

	if (words.n == 0 || words.p[words.n - 1] != 0)
		return false;
	for (size_t i = 0; i < words.n; i++)
		bad |= (unsigned char)((words.p[i] & 0x80) | (words.p[i] == WORD_END ? 0x80 : 0));
	return !bad || (!memchr(words.p, WORD_END, words.n) && utf8_valid(words));
}

int slot_bind_words(sqlite3_stmt *to, int index, struct str words)
{
	char *text;

	if (!words.p)
		return SQLITE_OK;
	if (!slot_words_are_text(words))
		return sqlite3_bind_blob64(to, index, words.p, words.n, SQLITE_STATIC);
	text = sqlite3_malloc64(words.n);
	if (!text)
		return SQLITE_NOMEM;
	for (size_t i = 0; i < words.n; i++)
		text[i] = words.p[i] ? words.p[i] : WORD_END;
	return sqlite3_bind_text64(to, index, text, words.n - 1, sqlite3_free, SQLITE_UTF8);
}

static int bind_ident(const struct slot *slot, const struct ident *ident, int64_t epoch_ns,
		      sqlite3_stmt *to, int index)
{
	if (ident->tgid == 0)
		return SQLITE_OK;
	if (slot->type == SLOT_TGID)
		return sqlite3_bind_int64(to, index, ident->tgid);
	if (slot->type == SLOT_GRAIN)
		return ident->grain_ns == 1 ? SQLITE_OK
					    : sqlite3_bind_int64(to, index, ident->grain_ns);
	if (ident->start_ns == 0)
		return SQLITE_OK;
	return sqlite3_bind_int64(to, index, (int64_t)(ident->start_ns - (uint64_t)epoch_ns));
}

static int bind_number(const struct slot *slot, const void *field, int64_t epoch_ns,
		       sqlite3_stmt *to, int index)
{
	int64_t value;
	bool null;

	switch (slot->type) {
	case SLOT_BOOL:
	case SLOT_FLAG:
		value = *(const bool *)field;
		null = slot->type == SLOT_BOOL && !value;
		break;
	case SLOT_U32:
		value = *(const uint32_t *)field;
		null = value == 0;
		break;
	case SLOT_UID:
		value = *(const uint32_t *)field;
		null = value == UID_UNKNOWN;
		break;
	case SLOT_PID:
	case SLOT_I32:
	case SLOT_STATUS:
		value = *(const int32_t *)field;
		null = slot->type == SLOT_PID
			       ? value == 0
			       : slot->type == SLOT_STATUS && value == STATUS_UNKNOWN;
		break;
	case SLOT_U64:
		value = (int64_t) * (const uint64_t *)field;
		null = value == 0;
		break;
	default:
		value = *(const int64_t *)field;
		null = slot->type == SLOT_END && value == 0;
		value = (int64_t)((uint64_t)value - (uint64_t)epoch_ns);
	}
	return null ? SQLITE_OK : sqlite3_bind_int64(to, index, value);
}

int slot_bind(const struct slot *slot, const void *base, int64_t epoch_ns, sqlite3_stmt *to,
	      int index)
{
	const void *field = field_of(slot, base);
	const struct usage *usage;
	const struct record *record;

	switch (slot->type) {
	case SLOT_STR:
		return slot_bind_str(to, index, *(const struct str *)field);
	case SLOT_WORDS:
		return slot_bind_words(to, index, *(const struct str *)field);
	case SLOT_TGID:
	case SLOT_START:
	case SLOT_GRAIN:
		return bind_ident(slot, field, epoch_ns, to, index);
	case SLOT_OWN_TGID:
		record = base;
		return record->ident.tgid == record->pid
			       ? SQLITE_OK
			       : sqlite3_bind_int64(to, index, record->ident.tgid);
	case SLOT_USAGE:
		usage = field;
		if (!(usage->known & USAGE_BIT(slot->field)))
			return SQLITE_OK;
		return sqlite3_bind_int64(to, index, (int64_t)usage->value[slot->field]);
	default:
		return bind_number(slot, field, epoch_ns, to, index);
	}
}

struct str slot_bytes(sqlite3_stmt *from, int column)
{
	int type = sqlite3_column_type(from, column);
	const void *p;

	if (type != SQLITE_TEXT && type != SQLITE_BLOB)
		return STR_NONE;
	p = type == SQLITE_TEXT ? (const void *)sqlite3_column_text(from, column)
				: sqlite3_column_blob(from, column);
	return (struct str){p ? p : "", (size_t)sqlite3_column_bytes(from, column)};
}

struct str slot_words(sqlite3_stmt *from, int column, struct buf *memory)
{
	bool text = sqlite3_column_type(from, column) == SQLITE_TEXT;
	struct str words = slot_bytes(from, column);
	size_t start = memory->n;

	if (!text)
		return words;
	buf_add_str(memory, words);
	buf_add_char(memory, 0);
	for (size_t i = start; i < memory->n; i++)
		if (memory->p[i] == WORD_END)
			memory->p[i] = 0;
	return (struct str){memory->p + start, memory->n - start};
}

size_t slot_room(const struct slot *slot, sqlite3_stmt *from, int column)
{
	return slot->type == SLOT_WORDS ? slot_bytes(from, column).n + 1 : 0;
}

static int load_ident(const struct slot *slot, struct ident *ident, int64_t epoch_ns, bool null,
		      int64_t value)
{
	if (slot->type == SLOT_START && !null) {
		ident->start_ns = (uint64_t)value + (uint64_t)epoch_ns;
	} else if (slot->type == SLOT_GRAIN) {
		if (!null && (value < 0 || value > UINT32_MAX))
			return -EINVAL;
		ident->grain_ns = null ? 1 : (uint32_t)value;
		if (ident->tgid == 0)
			*ident = (struct ident){0};
	} else if (slot->type == SLOT_TGID && !null) {
		if (value < INT32_MIN || value > INT32_MAX)
			return -EINVAL;
		ident->tgid = (int32_t)value;
	}
	return 0;
}

static int load_number(const struct slot *slot, void *field, int64_t epoch_ns, int64_t value)
{
	bool is_unsigned = slot->type == SLOT_UID || slot->type == SLOT_U32;
	int32_t i32 = (int32_t)value;

	switch (slot->type) {
	case SLOT_BOOL:
	case SLOT_FLAG:
		if (value != 0 && value != 1)
			return -EINVAL;
		*(bool *)field = value;
		return 0;
	case SLOT_TIME:
	case SLOT_END:
		value = (int64_t)((uint64_t)value + (uint64_t)epoch_ns);
		memcpy(field, &value, sizeof value);
		return 0;
	case SLOT_U64:
		memcpy(field, &value, sizeof value);
		return 0;
	default:
		if (is_unsigned ? value < 0 || value > UINT32_MAX
				: value < INT32_MIN || value > INT32_MAX)
			return -EINVAL;
		memcpy(field, &i32, sizeof i32);
		return 0;
	}
}

int slot_load(const struct slot *slot, void *base, int64_t epoch_ns, sqlite3_stmt *from, int column,
	      struct buf *memory)
{
	void *field = (char *)base + slot->offset;
	int type = sqlite3_column_type(from, column);
	bool null = type == SQLITE_NULL;
	int64_t value = null ? 0 : sqlite3_column_int64(from, column);
	bool text = slot->type == SLOT_STR || slot->type == SLOT_WORDS;
	struct record *record = base;

	if (!null && (text ? type != SQLITE_TEXT && type != SQLITE_BLOB : type != SQLITE_INTEGER))
		return -EINVAL;
	switch (slot->type) {
	case SLOT_STR:
		*(struct str *)field = slot_bytes(from, column);
		return 0;
	case SLOT_WORDS:
		*(struct str *)field = slot_words(from, column, memory);
		return 0;
	case SLOT_TGID:
	case SLOT_START:
	case SLOT_GRAIN:
		return load_ident(slot, field, epoch_ns, null, value);
	case SLOT_OWN_TGID:
		if (value < INT32_MIN || value > INT32_MAX)
			return -EINVAL;
		record->ident.tgid = null ? record->pid : (int32_t)value;
		return 0;
	case SLOT_USAGE:
		if (!null)
			usage_set(field, (enum usage_field)slot->field, (uint64_t)value);
		return 0;
	default:
		return null ? 0 : load_number(slot, field, epoch_ns, value);
	}
}

const char *slot_sql_type(const struct slot *slot)
{
	return slot->type == SLOT_STR || slot->type == SLOT_WORDS ? "ANY" : "INTEGER";
}
