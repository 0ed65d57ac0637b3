/* Any bytes through the parsers of fdinfo, links, maps, smaps and limits; the first byte chooses which. */
#include "procfs/fdinfo.h"
#include "procfs/fdlink.h"
#include "procfs/limits.h"
#include "procfs/maps.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_part(struct str part, struct str text)
{
	if (part.n > 0 && (part.p < text.p || part.p + part.n > text.p + text.n))
		abort();
}

static void parse_fdinfo(struct str text)
{
	struct procfs_fdinfo info;
	unsigned at = 0;

	if (procfs_fdinfo_parse(text, &info) < 0)
		return;
	must_be_part(info.rest, text);
	while (file_flag_next(info.flags, &at))
		;
}

static void parse_link(struct str text)
{
	struct str path;
	bool marked;

	if (procfs_fdlink_parse(text, &path, &marked) >= FILE_TYPES)
		abort();
	must_be_part(path, text);
	if (marked != (path.n < text.n))
		abort();
}

static void parse_maps(struct str text)
{
	struct mapping map = {0};

	while (text.p) {
		struct str line = str_cut(&text, '\n');

		if (!procfs_smaps_parse(line, &map) && procfs_maps_parse(line, &map) == 0)
			must_be_part(map.path, line);
	}
}

static void parse_limits(struct str text)
{
	struct limits limits;

	procfs_limits_parse(text, &limits);
	if (limits.known >> LIMITS)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parsers[])(struct str) = {parse_fdinfo, parse_link, parse_maps,
						      parse_limits};

	if (size > 0)
		parsers[data[0] % 4]((struct str){(const char *)data + 1, size - 1});
	return 0;
}
