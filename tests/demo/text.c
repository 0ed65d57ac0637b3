/* A file as one piece of memory. */
#include "mill.h"

#include <stdlib.h>

int text_read(struct text *text, const char *path)
{
	FILE *file = fopen(path, "r");
	size_t room = 4096, n;

	if (!file) {
		perror(path);
		return 1;
	}
	text->data = malloc(room);
	text->size = 0;
	while ((n = fread(text->data + text->size, 1, room - text->size, file)) > 0) {
		text->size += n;
		if (text->size == room)
			text->data = realloc(text->data, room *= 2);
	}
	fclose(file);
	return 0;
}

void text_free(struct text *text)
{
	free(text->data);
	text->data = NULL;
}
