/* The command line. */
#include "mill.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int options_parse(struct options *options, int argc, char **argv)
{
	int option;

	*options = (struct options){.format = "text", .top = 10, .min_length = 3};
	while ((option = getopt(argc, argv, "f:n:l:")) > 0) {
		if (option == 'f')
			options->format = optarg;
		else if (option == 'n')
			options->top = (unsigned)atoi(optarg);
		else if (option == 'l')
			options->min_length = (unsigned)atoi(optarg);
		else
			return 1;
	}
	if (strcmp(options->format, "text") && strcmp(options->format, "csv")) {
		fprintf(stderr, "mill: no such format: %s\n", options->format);
		return 1;
	}
	options->first_file = optind;
	return 0;
}
