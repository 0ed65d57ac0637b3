/*
 * A reader for the little of BTF that offsets need (Documentation/bpf/btf.rst in Linux). Key
 * decision: not libbpf's, which copies, checks and relinks all 120,000 types of a kernel and
 * searches them by name for each struct: 15 ms, where one walk and an index take one.
 */
#include "source/bpf/btf_offsets.h"

#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX   16    /* of modifiers, nameless structs and arrays inside each other */
#define MEMBERS_MAX 20000 /* looked at for one: damaged types may hold themselves many times */

static const struct btf_type *type_of(const struct btf_types *types, uint32_t number)
{
	if (number == 0 || number > types->count)
		return NULL;
	return (const struct btf_type *)(const void *)(types->bytes + types->at[number]);
}

/* Bytes behind the head of a type; -1: not a kind that we know. */
static int64_t tail_of(const struct btf_type *type)
{
	static const uint8_t fixed[] = {
		[BTF_KIND_INT] = 4,
		[BTF_KIND_ARRAY] = sizeof(struct btf_array),
		[BTF_KIND_VAR] = sizeof(struct btf_var),
		[BTF_KIND_DECL_TAG] = sizeof(struct btf_decl_tag),
	};
	static const uint8_t each[] = {
		[BTF_KIND_STRUCT] = sizeof(struct btf_member),
		[BTF_KIND_UNION] = sizeof(struct btf_member),
		[BTF_KIND_ENUM] = sizeof(struct btf_enum),
		[BTF_KIND_ENUM64] = sizeof(struct btf_enum64),
		[BTF_KIND_FUNC_PROTO] = sizeof(struct btf_param),
		[BTF_KIND_DATASEC] = sizeof(struct btf_var_secinfo),
	};
	uint32_t kind = BTF_INFO_KIND(type->info);

	if (kind == BTF_KIND_UNKN || kind > BTF_KIND_ENUM64)
		return -1;
	if (kind < sizeof fixed && fixed[kind])
		return fixed[kind];
	return kind < sizeof each ? (int64_t)each[kind] * BTF_INFO_VLEN(type->info) : 0;
}

static void note(struct btf_types *types, const struct btf_type *type, uint32_t *room)
{
	uint32_t at = (uint32_t)((const unsigned char *)type - types->bytes);

	if (types->count + 1 >= *room) {
		*room = *room ? 2 * *room : types->size / 24 + 16;
		types->at = mem_realloc(types->at, *room, sizeof *types->at);
		types->structs = mem_realloc(types->structs, *room, sizeof *types->structs);
	}
	types->at[++types->count] = at;
	if (BTF_INFO_KIND(type->info) == BTF_KIND_STRUCT)
		types->structs[types->struct_count++] = types->count;
}

/* Notes where each type is, and that all of it is there. */
static int index_types(struct btf_types *types)
{
	uint32_t room = 0;
	uint32_t at = 0;

	while (at < types->size) {
		const struct btf_type *type = (const void *)(types->bytes + at);
		uint32_t left = types->size - at;
		int64_t tail = left < sizeof *type ? -1 : tail_of(type);

		if (tail < 0 || tail > left - (int64_t)sizeof *type)
			return -EBADMSG;
		note(types, type, &room);
		at += (uint32_t)sizeof *type + (uint32_t)tail;
	}
	return 0;
}

int btf_types_init(struct btf_types *types, const void *bytes, size_t n)
{
	const struct btf_header *h = bytes;
	int r;

	*types = (struct btf_types){0};
	if (n < sizeof *h || n > UINT32_MAX || (uintptr_t)bytes % 4 || h->magic != BTF_MAGIC ||
	    h->hdr_len < sizeof *h || h->hdr_len > n)
		return -EBADMSG;
	n -= h->hdr_len;
	if (h->hdr_len % 4 || h->type_off % 4 || h->type_off > n || h->type_len > n - h->type_off ||
	    h->str_off > n || h->str_len > n - h->str_off || h->type_len % 4 || h->str_len == 0)
		return -EBADMSG;
	types->bytes = (const unsigned char *)bytes + h->hdr_len + h->type_off;
	types->size = h->type_len;
	types->names = (const char *)bytes + h->hdr_len + h->str_off;
	types->names_size = h->str_len;
	if (types->names[types->names_size - 1] != 0)
		return -EBADMSG;
	r = index_types(types);
	if (r < 0)
		btf_types_deinit(types);
	return r;
}

void btf_types_deinit(struct btf_types *types)
{
	free(types->at);
	free(types->structs);
	*types = (struct btf_types){0};
}

static bool is_named(const struct btf_types *types, uint32_t name_off, struct str name)
{
	const char *at = types->names + name_off;

	return name_off < types->names_size && types->names_size - name_off > name.n &&
	       memcmp(at, name.p, name.n) == 0 && at[name.n] == 0;
}

uint32_t btf_types_function(const struct btf_types *types, const char *name)
{
	struct str wanted = str_of(name);

	for (uint32_t i = 1; i <= types->count; i++) {
		const struct btf_type *type = type_of(types, i);

		if (BTF_INFO_KIND(type->info) == BTF_KIND_FUNC &&
		    is_named(types, type->name_off, wanted))
			return i;
	}
	return 0;
}

/* The type behind typedefs, const and the like; NULL when there is no end to them. */
static const struct btf_type *plain(const struct btf_types *types, uint32_t number)
{
	const struct btf_type *type = type_of(types, number);

	for (int i = 0; type && i < DEPTH_MAX; i++) {
		switch (BTF_INFO_KIND(type->info)) {
		case BTF_KIND_TYPEDEF:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_CONST:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_TYPE_TAG:
			type = type_of(types, type->type);
			break;
		default:
			return type;
		}
	}
	return NULL;
}

static int64_t size_of(const struct btf_types *types, const struct btf_type *type)
{
	int64_t count = 1;

	for (int i = 0; type && i < DEPTH_MAX && count <= UINT32_MAX; i++) {
		const struct btf_array *array = (const void *)(type + 1);

		switch (BTF_INFO_KIND(type->info)) {
		case BTF_KIND_INT:
		case BTF_KIND_ENUM:
		case BTF_KIND_ENUM64:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
		case BTF_KIND_FLOAT:
			return count * type->size;
		case BTF_KIND_PTR:
			return count * (int64_t)sizeof(void *);
		case BTF_KIND_ARRAY:
			count *= array->nelems;
			type = plain(types, array->type);
			break;
		default:
			return -ENOENT;
		}
	}
	return -ENOENT;
}

static bool is_compound(const struct btf_type *type)
{
	return type && (BTF_INFO_KIND(type->info) == BTF_KIND_STRUCT ||
			BTF_INFO_KIND(type->info) == BTF_KIND_UNION);
}

/* Looks for a member, in nameless members as well. Returns its offset and its type. */
static int64_t member_of(const struct btf_types *types, const struct btf_type *type,
			 struct str name, int depth, int *budget, const struct btf_type **ret_type)
{
	const struct btf_member *members;

	if (!is_compound(type) || depth > DEPTH_MAX || name.n == 0)
		return -ENOENT;
	members = (const void *)(type + 1);
	for (uint32_t i = 0; i < BTF_INFO_VLEN(type->info) && --*budget > 0; i++) {
		const struct btf_member *m = &members[i];
		bool fields = BTF_INFO_KFLAG(type->info);
		int64_t bits = fields ? BTF_MEMBER_BIT_OFFSET(m->offset) : m->offset;
		int64_t inside;

		if (is_named(types, m->name_off, name)) {
			if (bits % 8 || (fields && BTF_MEMBER_BITFIELD_SIZE(m->offset)))
				return -ENOENT;
			*ret_type = plain(types, m->type);
			return bits / 8;
		}
		if (!is_named(types, m->name_off, STR("")))
			continue;
		inside = member_of(types, plain(types, m->type), name, depth + 1, budget, ret_type);
		if (inside >= 0)
			return bits / 8 + inside;
	}
	return -ENOENT;
}

/* One step of a path: "name" or "name[3]". */
static int64_t step(const struct btf_types *types, const struct btf_type **type, struct str part)
{
	struct str rest = part, name = str_cut(&rest, '[');
	unsigned long long index;
	const struct btf_array *array;
	int budget = MEMBERS_MAX;
	int64_t at = member_of(types, *type, name, 0, &budget, type), size;

	if (at < 0 || !rest.p)
		return at;
	array = (const void *)(*type + 1);
	if (!*type || BTF_INFO_KIND((*type)->info) != BTF_KIND_ARRAY || rest.n < 2 ||
	    str_to_u64((struct str){rest.p, rest.n - 1}, &index) < 0 || index >= array->nelems)
		return -ENOENT;
	*type = plain(types, array->type);
	size = size_of(types, *type);
	return size < 0 ? size : at + (int64_t)index * size;
}

static int64_t walk(const struct btf_types *types, const struct btf_type *type, struct str path)
{
	int64_t sum = 0, at;

	if (!path.p)
		return size_of(types, type);
	while (path.p) {
		at = step(types, &type, str_cut(&path, '.'));
		if (at < 0)
			return at;
		sum += at;
	}
	return sum;
}

int64_t btf_types_offset(const struct btf_types *types, const char *path)
{
	struct str rest = str_of(path), name = str_cut(&rest, '.');
	int64_t at = -ENOENT;

	for (uint32_t i = 0; name.n > 0 && at < 0 && i < types->struct_count; i++) {
		const struct btf_type *type = type_of(types, types->structs[i]);

		if (is_named(types, type->name_off, name))
			at = walk(types, type, rest);
	}
	return at;
}
