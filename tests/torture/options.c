#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "report.h"

#define DEFAULT_RUNS     100
#define DEFAULT_INTERVAL 25
#define MOST_TOGETHER    8

static unsigned long number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*end || end == text)
		report_fail("not a number: %s", text);
	return value;
}

static bool set_number(struct options *options, int letter, unsigned long value)
{
	switch (letter) {
	case 'p':
		options->pid = (pid_t)value;
		break;
	case 'i':
		options->input = (int)value;
		break;
	case 'n':
		options->runs = value;
		break;
	case 'k':
		options->kills = value;
		break;
	case 'j':
		options->together = value;
		break;
	case 'c':
		options->interval = value;
		break;
	case 's':
		options->seed = value;
		break;
	default:
		return false;
	}
	return true;
}

static void set(struct options *options, int letter, const char *text)
{
	switch (letter) {
	case 'l':
		options->limpet = text;
		break;
	case 'x':
		options->script = text;
		break;
	case 'e':
		options->messages = text;
		break;
	case 'o':
		options->output = text;
		break;
	case 'm':
		options->modes = text;
		break;
	case 'a':
		options->allocates = true;
		break;
	case 'q':
		options->quiets = true;
		break;
	case 'S':
		sender_parse(text, &options->signals);
		break;
	default:
		if (!text || !set_number(options, letter, number(text)))
			report_fail("usage: torturer -p PID -i DESCRIPTOR -o FILE -l LIMPET "
				    "-x SCRIPT -e FILE [-n RUNS] [-k KILLS] [-j TOGETHER] "
				    "[-c INTERVAL] [-m MODES] [-s SEED] [-a] [-q] [-S "
				    "RATE:SIGNAL,...]");
	}
}

void options_parse(int count, char **arguments, struct options *ret)
{
	struct options options = {.input = -1,
		.runs = DEFAULT_RUNS,
		.together = 1,
		.interval = DEFAULT_INTERVAL,
		.modes = "k",
		.messages = "/dev/null",
		.seed = clock_now() % 1000000007};
	int letter;

	while ((letter = getopt(count, arguments, "p:i:o:l:x:e:n:k:j:c:m:s:S:aq")) != -1)
		set(&options, letter, optarg);
	if (options.pid <= 0 || options.input < 0 || !options.output || !options.limpet ||
		!options.script || !options.interval || !*options.modes || !options.together ||
		options.together > MOST_TOGETHER || optind < count)
		set(&options, '?', NULL);
	*ret = options;
}
