/* mill counts the words of texts: a small program for pscope's demo to compile and to run. */
#ifndef MILL_H
#define MILL_H

#include <stddef.h>
#include <stdio.h>

struct text {
	char *data;
	size_t size;
};

struct word {
	const char *start; /* in the text */
	size_t length;
	unsigned count;
	struct word *next;
};

struct table {
	struct word **slots;
	size_t slot_count, word_count;
};

struct options {
	const char *format; /* text, csv */
	unsigned top, min_length;
	int first_file;
};

int options_parse(struct options *options, int argc, char **argv);
int text_read(struct text *text, const char *path);
void text_free(struct text *text);
void text_fold(struct text *text);
size_t word_next(const struct text *text, size_t *at, const char **ret_start);
unsigned long hash_bytes(const char *data, size_t length);
void table_init(struct table *table, size_t slots);
void table_count(struct table *table, const char *start, size_t length);
void table_free(struct table *table);
struct word **sort_words(const struct table *table);
double stats_entropy(const struct table *table);
unsigned long stats_total(const struct table *table);
void bar_print(FILE *out, unsigned value, unsigned most, unsigned width);
int report_text(FILE *out, const struct table *table, struct word **sorted, unsigned top);
int report_csv(FILE *out, const struct table *table, struct word **sorted, unsigned top);

#endif
