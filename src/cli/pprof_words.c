#include "cli/pprof_words.h"

#include <string.h>

#include "base/array.h"
#include "session/debug_files.h"

#define MOST_SETTINGS 5

struct assignment {
	const char *setting, *value;
};

struct word {
	const char *name;
	struct assignment sets[MOST_SETTINGS]; /* none: there is nothing to do */
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

static struct error *set(struct session *session, const char *name, const char *value)
{
	enum setting_id id;
	struct error *error = setting_find(name, &id);

	return error ? error : session_set(session, id, value);
}

/* value: behind the "=", or NULL. */
static struct error *run_boolean(
	struct session *session, size_t index, const char *value, bool *ret)
{
	bool yes = !value || is_one_of(value, affirmations, ARRAY_SIZE(affirmations));

	if (!yes && !is_one_of(value, denials, ARRAY_SIZE(denials)))
		return error_set_hint(error_create(ERROR_USAGE, "'%s' is no value of %s", value,
					      booleans[index].name),
			"it takes true or false");
	*ret = true;
	if (!booleans[index].setting)
		return NULL;
	return set(
		session, booleans[index].setting, yes ? booleans[index].yes : booleans[index].no);
}

struct error *pprof_word_run(struct session *session, const char *word, bool *ret)
{
	const char *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) : strlen(word);
	struct error *error = NULL;

	*ret = false;
	for (size_t i = 0; i < ARRAY_SIZE(booleans); i++)
		if (strlen(booleans[i].name) == length &&
			strncmp(booleans[i].name, word, length) == 0)
			return run_boolean(session, i, equals ? equals + 1 : NULL, ret);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i].name, word) != 0)
			continue;
		for (size_t j = 0; !error && j < MOST_SETTINGS && words[i].sets[j].setting; j++)
			error = set(session, words[i].sets[j].setting, words[i].sets[j].value);
		*ret = true;
		return error;
	}
	return NULL;
}
