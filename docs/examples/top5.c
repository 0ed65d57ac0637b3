/*
 * The five processes with the most memory, as `ps aux` prints them, below the state of the host.
 *
 *	cc -o top5 top5.c $(pkg-config --cflags --libs libpscope)
 */
#include <pscope.h>
#include <stdio.h>
#include <stdlib.h>

/* Every failure leaves a sentence with the handle. */
static void check(int result, const struct pscope *pscope)
{
	if (result >= 0)
		return;
	fprintf(stderr, "top5: %s\n", pscope_last_error(pscope));
	exit(1);
}

static void print_host(struct pscope *pscope)
{
	struct pscope_host *host;
	char text[4096];

	check(pscope_host_new(pscope, PSCOPE_HOST_TASKS, &host), pscope);
	check(pscope_host_refresh(host), pscope);
	check(pscope_host_print(host, text, sizeof text), pscope);
	fputs(text, stdout);
	pscope_host_free(host);
}

int main(void)
{
	struct pscope *pscope;
	struct pscope_list *list;
	size_t i;

	check(pscope_open(NULL, &pscope), pscope);
	print_host(pscope);

	/* the columns of ps aux; only what they need is read */
	check(pscope_list_new(pscope, "aux", &list), pscope);
	check(pscope_list_sort(list, "-rss_bytes"), pscope);
	check(pscope_list_refresh(list), pscope);

	printf("\n%s\n", pscope_aux_heading());
	for (i = 0; i < 5 && i < pscope_list_count(list); i++) {
		char row[160]; /* a longer command line is cut, as by snprintf */

		check(pscope_process_print_aux(pscope_list_at(list, i), row, sizeof row), pscope);
		puts(row);
	}

	pscope_list_free(list);
	pscope_close(pscope);
	return 0;
}
