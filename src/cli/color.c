#include "cli/color.h"

static const char *const sequences[COLOR_COUNT] = {
	[COLOR_NONE] = "\033[0m",
	[COLOR_ERROR] = "\033[1;31m",
	[COLOR_HEADING] = "\033[1m",
	[COLOR_HINT] = "\033[90m",
	[COLOR_TARGET] = "\033[36m",
	[COLOR_SWITCHED] = "\033[33m",
	[COLOR_GOOD] = "\033[32m",
	[COLOR_WARNING] = "\033[33m",
	[COLOR_UNKNOWN] = "\033[36m",
};

const char *color_begin(bool wanted, enum color color)
{
	return wanted ? sequences[color] : "";
}
