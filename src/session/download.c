#include "session/download.h"

#include <stdio.h>
#include <unistd.h>

#include "base/path.h"
#include "base/quantity.h"
#include "session/interrupt.h"

#define CLEAR_LINE "\r\033[K"

static void show(struct download *download, const char *path, uint64_t done, uint64_t total)
{
	if (download->quiet || !isatty(STDERR_FILENO) || !done)
		return;
	fprintf(stderr, CLEAR_LINE "debuginfod: %s, %.1f", path_file_name(path),
		(double)done / 1e6);
	if (total)
		fprintf(stderr, " of %.1f", (double)total / 1e6);
	fputs(" MB, Ctrl-C goes on without", stderr);
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
	return !download->off && session_interrupts() <= download->interrupts;
}

void download_begin(struct download *download, struct debug_search *search)
{
	if (!search)
		return;
	download->interrupts = session_interrupts();
	debug_search_set_progress(search, (struct debug_progress){go_on, download});
	if (!download->off)
		debug_search_resume(search);
}
