#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "base/attributes.h"
#include "base/cleanup.h"
#include "cli/report.h"
#include "cli/serve_internal.h"

FORMAT_PRINTF(1, 0)
static void print(const char *format, va_list arguments)
{
	CLEANUP(cleanup_free) char *text = NULL;
	time_t now = time(NULL);
	struct tm utc;
	char stamp[32];

	if (!gmtime_r(&now, &utc) || !strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &utc))
		stamp[0] = '\0';
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	fprintf(stderr, "%s ", stamp);
	print_text(stderr, text ? text : "out of memory");
	putc('\n', stderr);
}

void serve_log(const struct serve *serve, const char *format, ...)
{
	va_list arguments;

	if (serve->session->quiet)
		return;
	va_start(arguments, format);
	print(format, arguments);
	va_end(arguments);
}

void serve_complain(const struct serve *serve, const char *format, ...)
{
	va_list arguments;

	(void)serve;
	va_start(arguments, format);
	print(format, arguments);
	va_end(arguments);
}

void served_text(const struct served *served, char ret[static 64])
{
	snprintf(ret, 64, "%d %s", served->identity.pid, served->identity.name);
}
