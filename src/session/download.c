#include "session/download.h"

#include <stdio.h>
#include <unistd.h>

#include "base/path.h"
#include "session/interrupt.h"

#define CLEAR_LINE "\r\033[K"

/* With all that is said of it, a line of 80 columns is not full: one that wraps is not cleared. */
#define NAME_SHOWN 20

static bool is_inside_character(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* The name of a file may hold whatever somebody likes; a terminal obeys control characters. */
static void print_name(const char *name)
{
	const char *end = name;

	while (*end && (end - name < NAME_SHOWN || is_inside_character(*end)))
		end++;
	for (; name < end; name++)
		putc((unsigned char)*name < ' ' || *name == 0x7f ? '?' : *name, stderr);
	if (*end)
		fputs("..", stderr);
}

static void show(struct download *download, const char *path, uint64_t done, uint64_t total)
{
	if (download->quiet || download->off || !isatty(STDERR_FILENO))
		return;
	fputs(CLEAR_LINE "debuginfod: ", stderr);
	print_name(path_file_name(path));
	if (done)
		fprintf(stderr, ", %.1f MB", (double)done / 1e6);
	if (done && total)
		fprintf(stderr, " of %.1f", (double)total / 1e6);
	fputs("; Ctrl-C goes on without", stderr);
	fflush(stderr);
	download->shown = true;
}

static bool go_on(void *context, const char *path, uint64_t done, uint64_t total)
{
	struct download *download = context;

	if (path)
		show(download, path, done, total);
	else if (download->shown)
		fputs(CLEAR_LINE, stderr);
	if (!path)
		download->shown = false;
	/* What was said to end the download ends nothing else. */
	if (!download->stopped && session_interrupts() > download->interrupts) {
		download->stopped = true;
		session_take_interrupt();
	}
	return !download->off && !download->stopped;
}

void download_begin(struct download *download, struct debug_search *search)
{
	if (!search)
		return;
	download->interrupts = session_interrupts();
	download->stopped = false;
	debug_search_set_progress(search, (struct debug_progress){go_on, download});
	if (!download->off)
		debug_search_resume(search);
}
