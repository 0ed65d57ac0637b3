/*
 * Fields as the library shows them. Key decision: those of processes are the rows of model/field.c
 * themselves, those of the other subjects are rows of the same type, so one set of accessors serves
 * all.
 */
#include "api/api.h"

#include <errno.h>

static const struct api_members *members_of(int subject)
{
	static const struct api_members *const tables[] = {
		[PSCOPE_HOST] = &api_host_members,
		[PSCOPE_CPU] = &api_cpu_members,
		[PSCOPE_FILE] = &api_file_members,
		[PSCOPE_SOCKET] = &api_socket_members,
	};

	if (subject < 0 || (size_t)subject >= sizeof tables / sizeof *tables)
		return NULL;
	return tables[subject];
}

static const struct pscope_field *show(const struct field *field)
{
	return (const struct pscope_field *)field;
}

static const struct field *own(const struct pscope_field *field)
{
	return (const struct field *)field;
}

unsigned pscope_field_count(int subject)
{
	const struct api_members *members = members_of(subject);

	if (subject == PSCOPE_PROCESS)
		return field_count;
	return members ? members->count : 0;
}

const struct pscope_field *pscope_field_at(int subject, unsigned index)
{
	if (index >= pscope_field_count(subject))
		return NULL;
	if (subject == PSCOPE_PROCESS)
		return show(&fields[index]);
	return show(&members_of(subject)->rows[index].field);
}

static const struct api_member *find(const struct api_members *members, const char *name)
{
	for (unsigned i = 0; i < members->count; i++)
		if (strcmp(members->rows[i].field.name, name) == 0)
			return &members->rows[i];
	return NULL;
}

const struct pscope_field *pscope_field_find(int subject, const char *name)
{
	const struct api_members *members = members_of(subject);
	const struct api_member *member;

	if (!name)
		return NULL;
	if (subject == PSCOPE_PROCESS)
		return show(field_find(str_of(name)));
	member = members ? find(members, name) : NULL;
	return member ? show(&member->field) : NULL;
}

const char *pscope_field_name(const struct pscope_field *field)
{
	return field ? own(field)->name : "";
}

const char *pscope_field_aliases(const struct pscope_field *field)
{
	return field && own(field)->aliases ? own(field)->aliases : "";
}

const char *pscope_field_heading(const struct pscope_field *field)
{
	return field && own(field)->heading ? own(field)->heading : pscope_field_name(field);
}

int pscope_field_type(const struct pscope_field *field)
{
	return field ? (int)own(field)->type : -1;
}

unsigned pscope_field_flags(const struct pscope_field *field)
{
	unsigned flags = field ? own(field)->flags : 0;

	return (flags & FIELD_DEPRECATED ? PSCOPE_FIELD_DEPRECATED : 0u) |
	       (flags & FIELD_COSTLY ? PSCOPE_FIELD_COSTLY : 0u);
}

const char *pscope_field_help(const struct pscope_field *field)
{
	return field ? own(field)->help : "";
}

int api_member_get(const struct api_object *owner, const struct api_members *members,
		   const void *object, const char *name, struct pscope_value *ret)
{
	const struct api_member *member;

	if (!name || !ret)
		return api_fail(owner, EINVAL, "a name and a place for its value are needed");
	member = find(members, name);
	if (!member)
		return api_fail(owner, ENOENT, "there is no value of the name '%s' here", name);
	*ret = (struct pscope_value){.type = (int)member->field.type};
	member->get(object, member, ret);
	return 0;
}
