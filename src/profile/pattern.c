#include "profile/pattern.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/string_builder.h"

#define MAX_LENGTH        8192
#define MAX_DEPTH         64
#define MAX_REPEATS       2
#define IGNORE_CASE       "(?i)"
#define REASON_SIZE       128
#define SAME_ESCAPES      "wWsSbB" /* regcomp's, GNU's, that mean the same to RE2 */
#define WORD_END_ESCAPES  "<>`'"   /* regcomp's, GNU's, that are plain characters to RE2 */
#define REPEAT_CHARACTERS "0123456789,"

struct pattern {
	regex_t compiled;
};

struct translator {
	const char *at;
	struct string_builder text;
	int depth;
	int repeats[MAX_DEPTH + 1]; /* how deep they are nested, by group that is open */
	int last;                   /* ... in what was taken last */
	const char *refused;        /* why; NULL: not */
};

static void take(struct translator *translator, size_t length)
{
	string_append_bytes(&translator->text, translator->at, length);
	translator->at += length;
}

static void take_escape(struct translator *translator)
{
	char c = translator->at[1];

	if (c == 'd' || c == 'D') {
		string_append(&translator->text, c == 'd' ? "[0-9]" : "[^0-9]");
		translator->at += 2;
	} else if (!c) {
		translator->refused = "it ends in a backslash";
	} else if (isdigit((unsigned char)c)) {
		translator->refused = "back references cannot be used";
	} else if (isalpha((unsigned char)c) && !strchr(SAME_ESCAPES, c)) {
		translator->refused = "there is no such letter after a backslash";
	} else {
		if (strchr(WORD_END_ESCAPES, c))
			translator->at++;
		take(translator, *translator->at == '\\' ? 2 : 1);
	}
}

/* "[:alpha:]" has a bracket of its own. To regcomp() a backslash in brackets is a character. */
static void take_brackets(struct translator *translator)
{
	take(translator, translator->at[1] == '^' ? 2 : 1);
	if (*translator->at == ']')
		take(translator, 1);
	while (*translator->at && *translator->at != ']') {
		const char *end = NULL;

		if (*translator->at == '\\')
			translator->refused = "a backslash cannot be used within brackets";
		if (*translator->at == '[' && translator->at[1] == ':')
			end = strstr(translator->at, ":]");
		take(translator, end ? (size_t)(end + 2 - translator->at) : 1);
	}
	if (*translator->at)
		take(translator, 1);
}

/* {2}, {2,} and {2,3} repeat; other braces are characters. */
static void take_brace(struct translator *translator)
{
	size_t length = strspn(translator->at + 1, REPEAT_CHARACTERS);

	if (length && isdigit((unsigned char)translator->at[1]) &&
		translator->at[1 + length] == '}')
		translator->refused = "repeat counts cannot be used";
	string_append_char(&translator->text, '\\');
	take(translator, 1);
}

/* To regcomp() a parenthesis too many is a character. */
static void close_group(struct translator *translator)
{
	if (!translator->depth) {
		translator->refused = "Unmatched ) or \\)";
		return;
	}
	translator->last = translator->repeats[translator->depth--];
}

static void open_group(struct translator *translator)
{
	if (++translator->depth > MAX_DEPTH)
		translator->refused = "it has too many parentheses";
	else if (translator->at[1] == '?')
		translator->refused = "(?...) cannot be used, but (?i) at the start";
	else
		translator->repeats[translator->depth] = 0;
}

/* Repeats of repeats can take regexec() exponential time. */
static void repeat(struct translator *translator)
{
	if (++translator->last > MAX_REPEATS)
		translator->refused = "it repeats what repeats what repeats";
}

/* Whatever can be repeated, and what its parts are. */
static void take_character(struct translator *translator)
{
	char c = *translator->at;

	if (c == '(')
		open_group(translator);
	else if (c == ')')
		close_group(translator);
	else if (c == '*' || c == '+')
		repeat(translator);
	else if (c != '?')
		translator->last = 0;
	if (translator->refused)
		return;
	if (c == '(')
		translator->last = 0;
	else if (translator->repeats[translator->depth] < translator->last)
		translator->repeats[translator->depth] = translator->last;
	take(translator, 1);
}

static void translate(struct translator *translator)
{
	while (*translator->at && !translator->refused) {
		char c = *translator->at;

		if (c != '\\' && c != '[' && c != '{') {
			take_character(translator);
			continue;
		}
		translator->last = 0;
		if (c == '\\')
			take_escape(translator);
		else if (c == '[')
			take_brackets(translator);
		else
			take_brace(translator);
	}
}

static struct error *refuse(const char *text, const char *reason)
{
	return error_set_hint(error_create(ERROR_USAGE, "'%s' is no pattern: %s", text, reason),
		"patterns are extended regular expressions, matched anywhere in names: 'a|b', "
		"'^main$', 'operator\\(\\)'");
}

static struct error *compile(
	const char *text, struct string_builder *translated, int flags, struct pattern **ret)
{
	CLEANUP(cleanup_free) struct pattern *pattern = calloc(1, sizeof(*pattern));
	char reason[REASON_SIZE];
	int status;

	if (!pattern || translated->failed)
		return &error_no_memory;
	status = regcomp(&pattern->compiled, translated->text, flags);
	if (status == REG_ESPACE)
		return &error_no_memory;
	if (status) {
		regerror(status, &pattern->compiled, reason, sizeof(reason));
		return refuse(text, reason);
	}
	*ret = TAKE_POINTER(pattern);
	return NULL;
}

struct error *pattern_create(const char *text, enum pattern_extent extent, struct pattern **ret)
{
	bool whole = extent == PATTERN_WHOLE;
	bool ignores_case = strncmp(text, IGNORE_CASE, strlen(IGNORE_CASE)) == 0;
	struct translator translator = {.at = text + (ignores_case ? strlen(IGNORE_CASE) : 0)};
	struct error *error;

	if (!*translator.at)
		return refuse(text, "it is empty");
	if (strlen(text) > MAX_LENGTH)
		return refuse(text, "it is too long");
	string_append(&translator.text, whole ? "^(" : "");
	translate(&translator);
	string_append(&translator.text, whole ? ")$" : "");
	if (translator.refused)
		error = refuse(text, translator.refused);
	else
		error = compile(text, &translator.text,
			REG_EXTENDED | REG_NOSUB | (ignores_case ? REG_ICASE : 0), ret);
	string_builder_deinit(&translator.text);
	return error;
}

void pattern_destroy(struct pattern *pattern)
{
	if (!pattern)
		return;
	regfree(&pattern->compiled);
	free(pattern);
}

void cleanup_pattern(struct pattern **pattern)
{
	pattern_destroy(*pattern);
}

bool pattern_matches(const struct pattern *pattern, const char *text)
{
	return regexec(&pattern->compiled, text, 0, NULL, 0) == 0;
}
