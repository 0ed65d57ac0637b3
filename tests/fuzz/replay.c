/*
 * Runs a fuzz target as a plain program: over each file of its corpus, then over inputs made from
 * those by a fixed sequence of changes. Key decision: no randomness from outside, so a failure
 * here comes back at every run, on every machine. Usage: PROGRAM CORPUS_FOLDER; prints TAP.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MADE_INPUTS 3000
#define INPUT_MAX   (256 * 1024)
#define FILES_MAX   512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	char *name;
	uint8_t *data;
	size_t size;
};

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Each run gets a block of exactly its size, so that the sanitizer sees a read past the end. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static int load(const char *folder, const char *name, struct input *ret_input)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	file = fopen(path, "rbe");
	if (!file)
		return -1;
	ret_input->name = strdup(name);
	ret_input->data = malloc(INPUT_MAX);
	ret_input->size = fread(ret_input->data, 1, INPUT_MAX, file);
	fclose(file);
	return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static unsigned load_all(const char *folder, struct input inputs[FILES_MAX])
{
	struct dirent **entries;
	int n = scandir(folder, &entries, NULL, by_name);
	unsigned count = 0;

	for (int i = 0; i < n; i++) {
		if (entries[i]->d_name[0] != '.' && count < FILES_MAX &&
		    load(folder, entries[i]->d_name, &inputs[count]) == 0)
			count++;
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return count;
}

/* A changed copy of one input: bytes flipped, cut, doubled or overwritten by extreme numbers. */
static size_t change(const struct input *input, uint8_t *out, uint64_t *state)
{
	static const uint64_t extremes[] = {0,          1,          0x7f,      0xff,
					    0x7fffffff, 0xffffffff, INT64_MAX, UINT64_MAX};
	size_t size = input->size < INPUT_MAX / 2 ? input->size : INPUT_MAX / 2;
	unsigned changes = 1 + next_random(state) % 8;

	if (size)
		memcpy(out, input->data, size);
	while (changes-- && size) {
		size_t at = next_random(state) % size;
		size_t width = (size_t)1 << next_random(state) % 4;

		switch (next_random(state) % 5) {
		case 0:
			out[at] ^= (uint8_t)(1u << next_random(state) % 8);
			break;
		case 1:
			out[at] = (uint8_t)next_random(state);
			break;
		case 2:
			size = at;
			break;
		case 3:
			if (at + width <= size)
				memcpy(out + at, &extremes[next_random(state) % 8], width);
			break;
		default:
			if (size + at < INPUT_MAX) {
				memmove(out + size, out, at);
				size += at;
			}
		}
	}
	return size;
}

int main(int argc, char **argv)
{
	static struct input inputs[FILES_MAX];
	static uint8_t made[INPUT_MAX];
	uint64_t state = 0x9e3779b97f4a7c15;
	unsigned count;

	if (argc != 2) {
		fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
		return 2;
	}
	count = load_all(argv[1], inputs);
	printf("1..%u\n", count + 1);
	for (unsigned i = 0; i < count; i++) {
		run(inputs[i].data, inputs[i].size);
		printf("ok %u - %s\n", i + 1, inputs[i].name);
		fflush(stdout);
	}
	for (unsigned i = 0; i < MADE_INPUTS; i++) {
		size_t size = i % 64;

		if (count && i % 8)
			size = change(&inputs[next_random(&state) % count], made, &state);
		else
			for (size_t at = 0; at < size; at++)
				made[at] = (uint8_t)next_random(&state);
		run(made, size);
	}
	printf("ok %u - %u inputs made from these\n", count + 1, MADE_INPUTS);
	for (unsigned i = 0; i < count; i++) {
		free(inputs[i].name);
		free(inputs[i].data);
	}
	return 0;
}
