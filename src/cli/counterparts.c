#include "cli/counterparts.h"

void counterparts_print(FILE *stream, const struct counterpart *counterparts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (counterparts[i].theirs)
			fprintf(stream, "  %-22s %s\n", counterparts[i].theirs,
				counterparts[i].ours);
		else
			fprintf(stream, "%s%s\n", i ? "\n" : "", counterparts[i].ours);
	}
}
