/* Where the members of the kernel's structs are, by its own type information (BTF). */
#ifndef SOURCE_BPF_BTF_OFFSETS_H
#define SOURCE_BPF_BTF_OFFSETS_H

#include <stddef.h>
#include <stdint.h>

struct btf_types {
	const unsigned char *bytes; /* of the types */
	const char *names;
	uint32_t size, names_size;
	uint32_t *at; /* where each type is; index: its number, 1 to count */
	uint32_t count;
	uint32_t *structs; /* the numbers of those that are structs */
	uint32_t struct_count;
};

/*
 * Looks at `n` bytes of BTF, which must outlive it. -EBADMSG when they are not whole, or of the
 * other byte order.
 */
int btf_types_init(struct btf_types *types, const void *bytes, size_t n);
void btf_types_deinit(struct btf_types *types);

/* The number of the function; 0: there is none. */
uint32_t btf_types_function(const struct btf_types *types, const char *name);

/*
 * The offset in bytes of a member: "struct.member", "struct.member.member", "struct.member[2].count";
 * members of nameless structs and unions count as members of what holds them. "struct" alone: its
 * size. -ENOENT when there is no such thing (or it is a bit field). Of several structs of one name
 * the first that has the member counts.
 */
int64_t btf_types_offset(const struct btf_types *types, const char *path);

#endif
