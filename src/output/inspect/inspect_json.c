/*
 * One process as JSON. Key decision: what a field holds stands under the field's name, as ps
 * writes it; the parts of the page that are no fields have keys of their own beside them.
 */
#include "output/inspect/inspect_page.h"

#include "base/clock.h"
#include "base/text.h"
#include "output/rows/rows.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static void field_json(struct json *j, const char *name, const struct snapshot *s,
		       const struct field_context *context)
{
	const struct field *field = field_find(str_of(name));
	struct value value;

	if (!field)
		return;
	value = field_get(field, s, context);
	if (value.kind == VALUE_TEXT && field->type != FIELD_WORDS) {
		json_key_str(j, field->name, value.text);
		return;
	}
	json_key(j, field->name);
	rows_json_value(j, field, &value);
}

static void list_json(struct json *j, const char *key, const struct snapshot *items, size_t count,
		      const char *const *names, size_t name_count,
		      const struct field_context *context)
{
	json_key(j, key), json_open(j, '[');
	for (size_t i = 0; i < count; i++) {
		json_open(j, '{');
		for (size_t k = 0; k < name_count; k++)
			field_json(j, names[k], &items[i], context);
		json_close(j, '}');
	}
	json_close(j, ']');
}

#define LIST(j, key, items, count, names, context)                                                 \
	list_json(j, key, items, count, names, sizeof(names) / sizeof *(names), context)

static void family_json(struct json *j, const struct inspection *of,
			const struct field_context *context)
{
	static const char *const names[] = {"pid",  "ppid",    "uid",          "user",
					    "comm", "command", "start_time_ns"};

	if (!of->family_known) {
		json_key(j, "ancestors"), json_null(j);
		json_key(j, "children"), json_null(j);
		return;
	}
	LIST(j, "ancestors", of->ancestors, of->ancestor_count, names, context);
	LIST(j, "children", of->children, of->child_count, names, context);
}

static void limits_json(struct json *j, const struct limits *limits)
{
	json_key(j, "limits");
	if (!limits->known) {
		json_null(j);
		return;
	}
	json_open(j, '{');
	for (unsigned i = 0; i < LIMITS; i++) {
		const uint64_t pair[] = {limits->soft[i], limits->hard[i]};

		if (!(limits->known & 1u << i))
			continue;
		json_key(j, limit_rows[i].key), json_open(j, '{');
		for (int k = 0; k < 2; k++) {
			json_key(j, k ? "hard" : "soft");
			if (pair[k] == LIMIT_NONE)
				json_text(j, "unlimited");
			else
				json_u64(j, pair[k]);
		}
		json_close(j, '}');
	}
	json_close(j, '}');
}

static void capabilities_json(struct json *j, const struct snapshot *self)
{
	static const struct {
		const char *key;
		enum status_mask which;
	} sets[] = {
		{"effective",   STATUS_CAP_EFFECTIVE  },
                {"permitted",   STATUS_CAP_PERMITTED  },
		{"inheritable", STATUS_CAP_INHERITABLE},
                {"bounding",    STATUS_CAP_BOUNDING   },
		{"ambient",     STATUS_CAP_AMBIENT    },
	};
	const struct snapshot_status *status = self->status;
	char name[48];

	json_key(j, "capabilities");
	if (!snapshot_knows(self, PART_BIT(PART_STATUS))) {
		json_null(j);
		return;
	}
	json_open(j, '{');
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		if (!(status->masks_known & 1u << sets[i].which))
			continue;
		json_key(j, sets[i].key), json_open(j, '[');
		for (unsigned bit = 0; bit < 64; bit++) {
			if (!(status->mask[sets[i].which] >> bit & 1))
				continue;
			if (capability_name(bit))
				snprintf(name, sizeof name, "cap_%s", capability_name(bit));
			else
				snprintf(name, sizeof name, "%u", bit);
			json_text(j, name);
		}
		json_close(j, ']');
	}
	json_close(j, '}');
}

/* Which namespaces are not those of who looks. */
static void namespaces_json(struct json *j, const struct inspection *of)
{
	json_key(j, "own_namespaces");
	if (!of->own_known || !snapshot_knows(&of->self, PART_BIT(PART_NAMESPACES))) {
		json_null(j);
		return;
	}
	json_open(j, '[');
	for (unsigned i = 0; i < SNAPSHOT_NAMESPACES; i++)
		if (of->self.namespaces[i] && of->self.namespaces[i] != of->own_namespaces[i])
			json_text(j, snapshot_namespace_names[i]);
	json_close(j, ']');
}

/* ---- what was asked for ---- */

static void stat_json(struct json *j, const struct open_file *file, const struct names *names)
{
	struct str user = names && names->user ? names->user(names->context, file->uid) : STR_NONE;
	struct str group =
		names && names->group ? names->group(names->context, file->gid) : STR_NONE;
	struct buf text = BUF_INIT;

	file_mode_add(&text, file->mode);
	json_key(j, "permissions"), json_str(j, buf_str(&text));
	buf_clear(&text);
	buf_printf(&text, "%06o", file->mode);
	json_key(j, "mode"), json_str(j, buf_str(&text));
	buf_deinit(&text);
	json_key(j, "links"), json_u64(j, file->links);
	json_key(j, "uid"), json_u64(j, file->uid);
	json_key_str(j, "owner", user);
	json_key(j, "gid"), json_u64(j, file->gid);
	json_key_str(j, "group", group);
	json_key(j, "size_bytes"), json_u64(j, file->size_bytes);
	json_key(j, "mtime_ns"), json_i64(j, file->mtime_ns);
	json_key(j, "atime_ns"), json_i64(j, file->atime_ns);
	json_key(j, "ctime_ns"), json_i64(j, file->ctime_ns);
	json_key(j, "device_major"), json_u64(j, major(file->device));
	json_key(j, "device_minor"), json_u64(j, minor(file->device));
	json_key(j, "inode"), json_u64(j, file->inode);
	if (!S_ISCHR(file->mode) && !S_ISBLK(file->mode))
		return;
	json_key(j, "is_major"), json_u64(j, major(file->rdev));
	json_key(j, "is_minor"), json_u64(j, minor(file->rdev));
}

static void info_json(struct json *j, const struct open_file *file)
{
	struct buf octal = BUF_INIT;
	const char *word;

	json_key(j, "flags"), json_open(j, '[');
	for (unsigned at = 0; (word = file_flag_next(file->flags, &at));)
		json_text(j, word);
	json_close(j, ']');
	buf_printf(&octal, "%07o", file->flags);
	json_key(j, "flags_octal"), json_str(j, buf_str(&octal));
	buf_deinit(&octal);
	json_key(j, "position"), json_i64(j, (int64_t)file->position);
	json_key(j, "mount_id");
	if (file->mount_id < 0)
		json_null(j);
	else
		json_i64(j, file->mount_id);
	if (file->info.n > 0)
		json_key_str(j, "info", file->info);
}

static void files_json(struct json *j, const struct open_file_list *files,
		       const struct names *names)
{
	json_key(j, "files");
	if (files->denied) {
		json_null(j);
		return;
	}
	json_open(j, '[');
	for (size_t i = 0; i < files->count; i++) {
		const struct open_file *file = &files->items[i];

		json_open(j, '{');
		json_key(j, "fd"), json_i64(j, file->fd);
		json_key(j, "type"), json_text(j, file_type_names[file->type]);
		json_key_str(j, "path", file->path);
		json_key(j, "deleted"), json_bool(j, file->deleted);
		if (file->info_known)
			info_json(j, file);
		if (file->stat_known)
			stat_json(j, file, names);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void address_json(struct json *j, const char *key, uint64_t address)
{
	char text[24];

	snprintf(text, sizeof text, "0x%llx", (unsigned long long)address);
	json_key(j, key), json_text(j, text);
}

static void maps_json(struct json *j, const struct mapping_list *maps)
{
	json_key(j, "maps");
	if (maps->denied) {
		json_null(j);
		return;
	}
	json_open(j, '[');
	for (size_t i = 0; i < maps->count; i++) {
		const struct mapping *map = &maps->items[i];

		json_open(j, '{');
		address_json(j, "start_address", map->start);
		address_json(j, "end_address", map->end);
		json_key(j, "size_bytes"), json_u64(j, map->end - map->start);
		json_key(j, "permissions"), json_text(j, map->permissions);
		json_key(j, "offset_bytes"), json_u64(j, map->offset);
		json_key(j, "device_major"), json_u64(j, map->device_major);
		json_key(j, "device_minor"), json_u64(j, map->device_minor);
		json_key(j, "inode"), json_u64(j, map->inode);
		json_key_str(j, "path", map->path);
		json_key(j, "deleted"), json_bool(j, map->deleted);
		if (map->sizes_known) {
			json_key(j, "rss_bytes"), json_u64(j, map->rss_bytes);
			json_key(j, "pss_bytes"), json_u64(j, map->pss_bytes);
			json_key(j, "private_dirty_bytes"), json_u64(j, map->private_dirty_bytes);
			json_key(j, "swap_bytes"), json_u64(j, map->swap_bytes);
		}
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void environment_json(struct json *j, const struct inspection *of)
{
	struct str rest = of->environment, word;
	bool bad = false;

	json_key(j, "environment");
	if (of->environment_access != INSPECTION_READ) {
		json_null(j);
		return;
	}
	json_open(j, '[');
	while (text_next_word(&rest, &word)) {
		if (word.n > 0)
			json_str(j, word);
		bad = bad || !utf8_valid(word);
	}
	json_close(j, ']');
	if (bad)
		json_key(j, "environment_b64"), json_base64(j, of->environment);
}

static void threads_json(struct json *j, const struct inspection *of,
			 const struct field_context *context)
{
	static const char *const names[] = {
		"tid",
		"comm",
		"state",
		"thread_run_ns",
		"thread_wait_ns",
		"cpu_user_ns",
		"cpu_sys_ns",
		"last_cpu",
		"nice",
		"priority",
		"wchan",
		"voluntary_switches",
		"involuntary_switches",
		"start_time_ns",
	};

	LIST(j, "thread_list", of->threads, of->thread_count, names, context);
}

/* Bytes in full; json_double keeps six digits. */
static void watched_json(struct json *j, const char *key, enum watch_value which, double value)
{
	json_key(j, key);
	if (which == WATCH_RSS_BYTES)
		json_u64(j, (uint64_t)(value + 0.5));
	else
		json_double(j, value);
}

static void watch_json(struct json *j, const struct watch *watch, const struct host *host)
{
	static const char *const keys[WATCH_VALUES] = {"rss_bytes", "cpu_percent"};
	static const char *const ends[] = {"count", "interrupted", "exited", "reused"};

	json_key(j, "watch"), json_open(j, '{');
	json_key(j, "interval_ns"), json_i64(j, watch->interval_ns);
	json_key(j, "ended"), json_text(j, ends[watch->end]);
	for (int i = 0; i < WATCH_VALUES; i++) {
		double least, most, mean;

		json_key(j, keys[i]);
		if (!watch_range(watch, (enum watch_value)i, &least, &most, &mean)) {
			json_null(j);
			continue;
		}
		json_open(j, '{');
		watched_json(j, "min", (enum watch_value)i, least);
		watched_json(j, "max", (enum watch_value)i, most);
		watched_json(j, "mean", (enum watch_value)i, mean);
		json_close(j, '}');
	}
	json_key(j, "samples"), json_open(j, '[');
	for (size_t i = 0; i < watch->sample_count; i++) {
		const struct watch_sample *sample = &watch->samples[i];

		json_open(j, '{');
		json_key(j, "time_ns"),
			json_i64(j, sample->time_ns + (host ? host->boot_real_ns : 0));
		for (int k = 0; k < WATCH_VALUES; k++) {
			if (sample->known & 1u << k)
				watched_json(j, keys[k], (enum watch_value)k, sample->value[k]);
			else
				json_key(j, keys[k]), json_null(j);
		}
		json_key(j, "threads"), json_u64(j, sample->threads);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}

void inspect_json(struct json *j, const struct inspection *of, const struct columns *columns,
		  const struct field_context *context)
{
	json_open(j, '{');
	rows_json_members(j, columns, &of->self, context);
	json_key(j, "ended"), json_bool(j, of->ended);
	family_json(j, of, context);
	limits_json(j, &of->limits);
	capabilities_json(j, &of->self);
	namespaces_json(j, of);
	json_key_str(j, "security_label",
		     of->label_access == INSPECTION_READ ? of->label : STR_NONE);
	json_key(j, "environment_count");
	if (of->environment_access == INSPECTION_READ)
		json_u64(j, of->environment_count);
	else
		json_null(j);
	if (of->parts & INSPECT_FILES)
		files_json(j, &of->files, context->names);
	if (of->parts & INSPECT_SOCKETS)
		inspect_sockets_json(j, of, context);
	if (of->parts & INSPECT_MAPS)
		maps_json(j, &of->maps);
	if (of->parts & INSPECT_ENVIRONMENT)
		environment_json(j, of);
	if (of->parts & INSPECT_THREADS)
		threads_json(j, of, context);
	if (of->watch.interval_ns > 0)
		watch_json(j, &of->watch, context->host);
	json_close(j, '}');
}
