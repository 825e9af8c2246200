#include "cli/help_topics.h"

#include <string.h>

#include "base/array.h"
#include "cli/foreign_words.h"
#include "cli/jeprof_words.h"
#include "cli/pprof_words.h"
#include "cli/situations.h"

static const struct help_topic topics[] = {
	{"jeprof", "the options of jeprof, and what they are here", jeprof_words_print},
	{"night", "ten situations of a night on call, and the commands for them", situations_print},
	{"pprof", "the commands and options of go tool pprof, and what they are here",
		pprof_words_print},
	{"words", "what is what here, for those who know py-spy, perf, gdb", foreign_words_print},
};

const struct help_topic *help_topics(size_t *count)
{
	*count = ARRAY_SIZE(topics);
	return topics;
}

const struct help_topic *help_topic_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(topics); i++)
		if (strcmp(topics[i].name, name) == 0)
			return &topics[i];
	return NULL;
}
