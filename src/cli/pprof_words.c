#include "cli/pprof_words.h"

#include <string.h>

#include "base/array.h"
#include "cli/counterparts.h"
#include "session/debug_files.h"

struct assignment {
	const char *setting, *value;
};

struct word {
	const char *name;
	struct assignment sets[PPROF_WORD_SETTINGS]; /* none: there is nothing to do */
};

static const struct word words[] = {
	{":", {{"focus", ""}, {"ignore", ""}, {"hide", ""}, {"tagfocus", ""}, {"tagignore", ""}}},
	{"flat", {{"sort", "flat"}}},
	{"cum", {{"sort", "cum"}}},
	{"functions", {{"granularity", "functions"}}},
	{"filefunctions", {{"granularity", "filefunctions"}}},
	{"files", {{"granularity", "files"}}},
	{"lines", {{"granularity", "lines"}}},
	{"addresses", {{"granularity", "addresses"}}},
};

/* Options that are true or false, by what they are here. */
static const struct {
	const char *name, *setting, *yes, *no; /* setting NULL: it makes no difference here */
} booleans[] = {
	{"mean", "mean", "true", "false"},
	{"trim", "trim", "true", "false"},
	{"drop_negative", "drop_negative", "true", "false"},
	{"relative_percentages", "relative_percentages", "true", "false"},
	{"noinlines", "inlines", "hidden", "shown"},
	{"compact_labels", NULL, NULL, NULL},
	{"call_tree", NULL, NULL, NULL},
};

static const char *const affirmations[] = {"true", "t", "1", "yes", "y"};
static const char *const denials[] = {"false", "f", "0", "no", "n"};

static bool is_one_of(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, list[i]) == 0)
			return true;
	return false;
}

static struct error *set(
	struct session *session, const char *name, const char *value, struct pprof_word *done)
{
	enum setting_id id;
	struct error *error = setting_find(name, &id);

	if (error)
		return error;
	done->settings[done->count++] = id;
	return session_set(session, id, value);
}

/* value: behind the "=", or NULL. */
static struct error *run_boolean(
	struct session *session, size_t index, const char *value, struct pprof_word *ret)
{
	bool yes = !value || is_one_of(value, affirmations, ARRAY_SIZE(affirmations));

	if (!yes && !is_one_of(value, denials, ARRAY_SIZE(denials)))
		return error_set_hint(error_create(ERROR_USAGE, "'%s' is no value of %s", value,
					      booleans[index].name),
			"it takes true or false");
	ret->done = true;
	if (!booleans[index].setting)
		return NULL;
	return set(session, booleans[index].setting, yes ? booleans[index].yes : booleans[index].no,
		ret);
}

struct error *pprof_word_run(struct session *session, const char *word, struct pprof_word *ret)
{
	const char *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) : strlen(word);
	struct error *error = NULL;

	*ret = (struct pprof_word){0};
	for (size_t i = 0; i < ARRAY_SIZE(booleans); i++)
		if (strlen(booleans[i].name) == length &&
			strncmp(booleans[i].name, word, length) == 0)
			return run_boolean(session, i, equals ? equals + 1 : NULL, ret);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i].name, word) != 0)
			continue;
		for (size_t j = 0; !error && j < PPROF_WORD_SETTINGS && words[i].sets[j].setting;
			j++)
			error = set(session, words[i].sets[j].setting, words[i].sets[j].value, ret);
		ret->done = true;
		return error;
	}
	return NULL;
}

static const struct counterpart counterparts[] = {
	{NULL, "Commands"},
	{"top, text", "top; top10 -cum FOCUS -IGNORE > FILE"},
	{"tree", "tree"},
	{"peek PATTERN", "peek PATTERN"},
	{"list PATTERN", "list PATTERN; --source-path, --trim-path"},
	{"traces", "traces"},
	{"tags", "traces tagshow=KEY; --per-thread for threads"},
	{"comments", "at the top of `top`"},
	{"proto > FILE", "save FILE.pb.gz"},
	{"topproto", "none"},
	{"svg, web", "flame -o FILE.svg: a flame graph; pprof draws a graph of calls"},
	{"dot, png, pdf, ps, gif", "none; `tree` has the graph as text; save FILE.pb.gz for pprof"},
	{"gv, evince, eog", "none; save FILE.pb.gz for pprof"},
	{"callgrind, kcachegrind", "none; save FILE.pb.gz, then go tool pprof -callgrind"},
	{"disasm, weblist", "none; --addresses tells instructions apart"},
	{"raw", "traces --addresses"},
	{"options, o", "show"},
	{"help, quit, exit", "help, quit"},
	{NULL, "Options: NAME=VALUE in a line of its own is kept; behind a command it is for that "
	       "one"},
	{"focus, ignore", "the same; percentages are of the whole, as in pprof"},
	{"hide, show, show_from", "the same"},
	{"prune_from", "the same"},
	{"tagfocus, tagignore", "the same; -t THREAD for threads"},
	{"tagshow, taghide", "the same"},
	{"tagroot, tagleaf", "none; --per-thread puts the thread at the root"},
	{":", "the same: clears focus, ignore, hide, tagfocus and tagignore"},
	{"functions, lines", "the same, and filefunctions, files, addresses"},
	{"granularity=", "the same, as a setting"},
	{"noinlines", "the same; --no-inlines"},
	{"showcolumns", "none: limpet keeps no columns"},
	{"flat, cum", "the same"},
	{"nodecount", "the same; -n N, top10"},
	{"nodefraction", "the same"},
	{"edgefraction", "the same, in `tree`"},
	{"trim", "the same; trim=false is `top --all -n 0`"},
	{"relative_percentages", "the same; --only PATTERN is focus with it"},
	{"sample_index", "the same, by name or by place; -alloc_space is sample_index=alloc_space"},
	{"mean, divide_by, unit", "the same"},
	{"drop_negative", "the same"},
	{"normalize", "none"},
	{"source_path, trim_path", "the same"},
	{"compact_labels", "taken, and nothing to do"},
	{"call_tree", "taken; pprof, too, heeds it in pictures only"},
	{"intel_syntax", "none: there is no disassembly"},
	{"output=FILE", "COMMAND > FILE, or -o FILE"},
	{NULL, "On the command line"},
	{"-base, -diff_base", "top --base FILE; diff BEFORE AFTER, which is -diff_base"},
	{"-symbolize=none", "none: what has no names yet gets them"},
	{"-seconds N URL", "limpet -p PID cpu -d N"},
	{"-http HOST:PORT", "none; save FILE.pb.gz for go tool pprof -http"},
};

void pprof_words_print(FILE *stream)
{
	counterparts_print(stream, counterparts, ARRAY_SIZE(counterparts));
}
