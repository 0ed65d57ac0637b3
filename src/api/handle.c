/*
 * The handle, and the guard. Key decision: the rest of pscope ends the program when there is no
 * memory; here such a call is left by longjmp, and as what it was changing may be half done, the
 * object is spoilt from then on and can only be freed.
 */
#include "api/api.h"

#include "base/mem.h"
#include "source/host.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

const char *pscope_version(void)
{
	return PSCOPE_VERSION;
}

int pscope_version_number(void)
{
	return PSCOPE_VERSION_NUMBER;
}

/* ---- objects ---- */

static void release(struct pscope *pscope)
{
	if (pscope->users > 0 || !pscope->closed)
		return;
	names_cache_free(pscope->names);
	if (pscope->usable)
		root_close(&pscope->root);
	free(pscope);
}

void api_object_init(struct api_object *object, struct pscope *pscope)
{
	object->pscope = pscope;
	pscope->users++;
}

void api_object_done(struct api_object *object)
{
	object->pscope->users--;
	release(object->pscope);
}

int api_fail(const struct api_object *object, int errnum, const char *format, ...)
{
	struct error *err = &object->pscope->error;
	va_list ap;

	va_start(ap, format);
	error_vset(err, errnum, format, ap);
	va_end(ap);
	return -errnum;
}

/* ---- the guard ---- */

static int escaping(bool *spoilt, int (*body)(void *), void *argument)
{
	struct mem_escape escape;
	int r;

	mem_escape_enter(&escape);
	if (setjmp(escape.jump) == 0) {
		r = body(argument);
	} else {
		*spoilt = true;
		r = -ENOMEM;
	}
	mem_escape_leave(&escape);
	return r;
}

int api_call(struct api_object *object, int (*body)(void *), void *argument)
{
	struct error *err;
	int r;

	if (!object)
		return -EINVAL;
	err = &object->pscope->error;
	if (object->spoilt)
		return api_fail(object, ENOMEM,
				"there was no memory in an earlier call: this can only be freed");
	err->text[0] = 0;
	r = escaping(&object->spoilt, body, argument);
	if (object->spoilt)
		return api_fail(object, ENOMEM, "out of memory");
	if (r < 0 && !err->text[0])
		error_set(err, -r, "%s", error_name(r));
	return r;
}

int api_create(struct pscope *pscope, int (*body)(void *), void *argument)
{
	struct api_object object = {.pscope = pscope};

	if (!pscope)
		return -EINVAL;
	if (!pscope->usable || pscope->closed)
		return api_fail(&object, EINVAL, "the handle is not open");
	return api_call(&object, body, argument);
}

void api_destroy(int (*body)(void *), void *argument)
{
	bool spoilt;

	(void)escaping(&spoilt, body, argument);
}

/* ---- the handle ---- */

struct open_call {
	struct pscope *pscope;
	const char *root;
};

static int open_body(void *argument)
{
	struct open_call *call = argument;
	int r = root_open(&call->pscope->root, call->root, &call->pscope->error);

	if (r < 0)
		root_close(&call->pscope->root);
	call->pscope->usable = r == 0;
	return r;
}

int pscope_open(const char *root, struct pscope **ret_pscope)
{
	struct pscope *pscope;
	struct api_object object = {0};

	if (!ret_pscope)
		return -EINVAL;
	*ret_pscope = pscope = calloc(1, sizeof *pscope);
	if (!pscope)
		return -ENOMEM;
	object.pscope = pscope;
	return api_call(&object, open_body, &(struct open_call){pscope, root});
}

struct pscope *pscope_close(struct pscope *pscope)
{
	if (pscope) {
		pscope->closed = true;
		release(pscope);
	}
	return NULL;
}

const char *pscope_last_error(const struct pscope *pscope)
{
	return pscope ? pscope->error.text : "out of memory";
}

const struct names *api_names(struct pscope *pscope)
{
	if (!pscope->names)
		pscope->names = names_cache_new(&pscope->root);
	return names_cache_names(pscope->names);
}

int api_copy_out(struct str text, char *buffer, size_t size)
{
	size_t n = text.n < size ? text.n : size - 1;

	if (size > 0) {
		memcpy(buffer, text.p, n);
		buffer[n] = 0;
	}
	return text.n < INT_MAX ? (int)text.n : INT_MAX;
}
