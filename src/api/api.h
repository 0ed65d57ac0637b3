/*
 * What the files of the library share: the handle, the objects made from it, and the guard that
 * every call which may need memory runs under.
 */
#ifndef API_API_H
#define API_API_H

#include "base/buf.h"
#include "base/error.h"
#include "base/root.h"
#include "model/field.h"
#include "pscope.h"

struct names_cache;

struct pscope {
	struct root root;
	struct error error;
	struct names_cache *names; /* made when first needed */
	unsigned users;            /* objects that were made from it; the last one frees it */
	bool usable, closed;
};

/* At the head of everything that is made from a handle. */
struct api_object {
	struct pscope *pscope;
	bool spoilt; /* there was no memory in the middle of a call */
};

void api_object_init(struct api_object *object, struct pscope *pscope);
/* The object is about to be freed: its handle may go with it. */
void api_object_done(struct api_object *object);

/*
 * Calls body(argument). When there is no memory the call is left in the middle: the object is
 * spoilt, and this and all later calls return -ENOMEM. `object` NULL: -EINVAL.
 */
int api_call(struct api_object *object, int (*body)(void *), void *argument);
/* As api_call, for what makes an object: of the handle itself. */
int api_create(struct pscope *pscope, int (*body)(void *), void *argument);
/* For what frees an object: spoilt or not. Nothing is said of a failure. */
void api_destroy(int (*body)(void *), void *argument);

/* The sentence goes to the handle; returns -errnum. */
int api_fail(const struct api_object *object, int errnum, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

const struct names *api_names(struct pscope *pscope);

/* Into the caller's buffer, as snprintf does; returns the whole length, at most INT_MAX. */
int api_copy_out(struct str text, char *buffer, size_t size);

/* ---- values (value.c) ---- */

void api_value_unknown(struct pscope_value *ret);
void api_value_signed(struct pscope_value *ret, int type, int64_t value);
void api_value_unsigned(struct pscope_value *ret, int type, uint64_t value);
void api_value_real(struct pscope_value *ret, int type, double value);
void api_value_flag(struct pscope_value *ret, bool value);
/* `text` must be followed by a NUL; STR_NONE: unknown. */
void api_value_text(struct pscope_value *ret, struct str text);
void api_value_words(struct pscope_value *ret, struct str words);
/* A value of a process's field; its texts must be followed by a NUL. */
void api_value_of(struct pscope_value *ret, const struct field *field, const struct value *value);
/* The type that the unit at the end of a name tells: _ns, _bytes, _percent. */
int api_type_of_name(struct str name);

/* ---- fields of the other subjects (field.c) ---- */

/* One named value of an object; `field` has its name, type and help, `get` reads it. */
struct api_member {
	struct field field;
	void (*get)(const void *object, const struct api_member *member, struct pscope_value *ret);
	size_t at; /* an offset or an index, as `get` takes it */
};

struct api_members {
	const struct api_member *rows;
	unsigned count;
};

/* 0, or -ENOENT with a sentence; the value is reset to its type first. */
int api_member_get(const struct api_object *owner, const struct api_members *members,
		   const void *object, const char *name, struct pscope_value *ret);

extern const struct api_members api_host_members, api_cpu_members, api_file_members,
	api_socket_members;

#endif
