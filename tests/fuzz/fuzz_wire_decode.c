/*
 * Any bytes through the wire decoder. The input is a stream of records: the fuzzer's bytes are cut
 * by the size that each header claims, so that joins across records are reached too. Built under
 * libFuzzer and, with replay.c, as a plain program over the corpus.
 */
#include "source/bpf/wire.h"
#include "source/wire_decode.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads every byte that a record points to, so that a bad slice is found. */
static unsigned touch(struct str text)
{
	unsigned sum = 0;

	for (size_t i = 0; text.p && i < text.n; i++)
		sum += (unsigned char)text.p[i];
	return sum;
}

static void pull(struct wire_decoder *decoder)
{
	volatile unsigned sum = 0;
	struct record r;

	(void)sum;
	while (wire_decoder_next(decoder, &r) > 0) {
		const struct record_layout *layout = &record_layouts[r.kind];

		for (size_t i = 0; i < layout->member_count; i++) {
			const struct member *member = &layout->members[i];

			if (member->type == MEMBER_STR || member->type == MEMBER_WORDS)
				sum += touch(
					*(const struct str *)((const char *)&r + member->offset));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_decoder *decoder = wire_decoder_new();

	while (size >= sizeof(struct wire_header)) {
		struct wire_header h;
		size_t n;
		void *bytes;

		memcpy(&h, data, sizeof h);
		n = h.size < sizeof h || h.size > size ? size : h.size;
		/* an allocation of its own: a read past the record is a read past it */
		bytes = malloc(n);
		memcpy(bytes, data, n);
		if (wire_decoder_feed(decoder, bytes, n) == 0)
			pull(decoder);
		free(bytes);
		data += n;
		size -= n;
	}
	wire_decoder_free(decoder);
	return 0;
}
