#include "cli/condition.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "base/quantity.h"
#include "cli/suggestion.h"

#define WORD_SIZE     CONDITION_NAME_SIZE
#define PERCENT       100.0
#define MINUTE        (60 * NANOSECONDS_PER_SECOND)
#define SHORTEST_TIME NANOSECONDS_PER_MILLISECOND

struct parser {
	struct cursor text;
	char word[WORD_SIZE]; /* that was taken last */
	struct condition condition;
};

struct subject {
	const char *name;
	enum condition_kind kind;
	struct error *(*parse)(struct parser *parser);
	const char *form;
};

static bool is_order_sign(char c)
{
	return c == '<' || c == '>' || c == '=';
}

/* A sign such as >=, or anything up to a blank or a sign. false: at the end, or too long. */
static bool take_word(struct parser *parser)
{
	size_t length = 0;

	cursor_skip_spaces(&parser->text);
	size_t left = cursor_left(&parser->text);
	bool signs = left && is_order_sign(*parser->text.at);
	while (length < left && !strchr(" \t", parser->text.at[length]) &&
		is_order_sign(parser->text.at[length]) == signs)
		length++;
	if (!length || length >= WORD_SIZE)
		return false;
	memcpy(parser->word, parser->text.at, length);
	parser->word[length] = '\0';
	parser->text.at += length;
	return true;
}

static bool take_this_word(struct parser *parser, const char *word)
{
	struct cursor before = parser->text;

	if (take_word(parser) && strcmp(parser->word, word) == 0)
		return true;
	parser->text = before;
	return false;
}

static struct error *parse_order(struct parser *parser)
{
	static const char *const signs[] = {
		[ORDER_ABOVE] = ">",
		[ORDER_AT_LEAST] = ">=",
		[ORDER_BELOW] = "<",
		[ORDER_AT_MOST] = "<=",
	};

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		if (!take_this_word(parser, signs[i]))
			continue;
		parser->condition.order = (enum condition_order)i;
		return NULL;
	}
	return error_create(ERROR_USAGE, "one of > >= < <= is missing");
}

/* "is missing" where nothing follows. */
static struct error *take_value(struct parser *parser, const char *what)
{
	if (take_word(parser))
		return NULL;
	return error_create(ERROR_USAGE, "%s is missing", what);
}

static struct error *bad_value(const struct parser *parser, const char *what)
{
	return error_create(ERROR_USAGE, "'%s' is no %s", parser->word, what);
}

static struct error *parse_size_limit(struct parser *parser)
{
	struct error *error = parse_order(parser);
	uint64_t bytes;

	if (!error)
		error = take_value(parser, "a size");
	if (error)
		return error;
	if (!parse_size(parser->word, &bytes))
		return bad_value(parser, "size, such as 512M or 2G");
	parser->condition.limit = (double)bytes;
	return NULL;
}

static struct error *parse_count(struct parser *parser)
{
	struct error *error = parse_order(parser);
	uint64_t count;

	if (!error)
		error = take_value(parser, "a number");
	if (error)
		return error;
	if (!parse_unsigned(parser->word, &count))
		return bad_value(parser, "whole number");
	parser->condition.limit = (double)count;
	return NULL;
}

/* "12", "3.5": digits and a fraction. */
static bool parse_fraction(const char *text, size_t length, double *ret)
{
	struct cursor cursor = cursor_over(text, length);
	uint64_t whole, fraction = 0;
	size_t digits = 0;

	if (!cursor_take_decimal(&cursor, &whole))
		return false;
	if (cursor_skip_text(&cursor, ".")) {
		digits = cursor_left(&cursor);
		if (digits > 9 || !cursor_take_decimal(&cursor, &fraction))
			return false;
	}
	*ret = (double)whole + (double)fraction / pow(10, (double)digits);
	return !cursor_left(&cursor);
}

static struct error *parse_cpu(struct parser *parser)
{
	struct error *error = parse_order(parser);
	size_t length;

	if (!error)
		error = take_value(parser, "how much CPU");
	if (error)
		return error;
	length = strcspn(parser->word, "%");
	if (strlen(parser->word) - length > 1 ||
		!parse_fraction(parser->word, length, &parser->condition.limit))
		return bad_value(parser, "amount of CPU: 80% is of one core, 3.5 are cores");
	if (parser->word[length])
		parser->condition.limit /= PERCENT;
	return NULL;
}

static struct error *parse_ctl_value(struct parser *parser)
{
	struct error *error = parse_order(parser);
	uint64_t value;

	if (!error)
		error = take_value(parser, "a value");
	if (error)
		return error;
	if (!parse_size(parser->word, &value))
		return bad_value(parser, "number or size, such as 100 or 2G");
	parser->condition.limit = (double)value;
	return NULL;
}

static struct error *parse_ctl(struct parser *parser)
{
	struct error *error = take_value(parser, "the name of one of jemalloc's values");

	if (error)
		return error;
	memcpy(parser->condition.name, parser->word, sizeof(parser->word));
	return parse_ctl_value(parser);
}

/* The word is the figure's name already. */
static struct error *parse_short_ctl(struct parser *parser)
{
	snprintf(parser->condition.name, sizeof(parser->condition.name), "stats.%.32s",
		parser->word);
	return parse_ctl_value(parser);
}

static bool find_unit(const char *text, uint64_t *ret)
{
	static const struct {
		const char *name;
		uint64_t length;
	} units[] = {
		{"s", NANOSECONDS_PER_SECOND},
		{"sec", NANOSECONDS_PER_SECOND},
		{"m", MINUTE},
		{"min", MINUTE},
		{"h", 60 * MINUTE},
		{"hour", 60 * MINUTE},
		{"d", 24 * 60 * MINUTE},
		{"day", 24 * 60 * MINUTE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(units[i].name, text) != 0)
			continue;
		*ret = units[i].length;
		return true;
	}
	return false;
}

/* Long enough for a slope, short enough to be told in time. */
static uint64_t usual_window(uint64_t unit)
{
	if (unit < MINUTE)
		return 10 * NANOSECONDS_PER_SECOND;
	return unit == MINUTE ? MINUTE : 10 * MINUTE;
}

static struct error *parse_growth(struct parser *parser)
{
	struct condition *condition = &parser->condition;
	char *slash, *percent;
	struct error *error;
	uint64_t unit, bytes;

	(void)take_this_word(parser, ">");
	error = take_value(parser, "how fast");
	if (error)
		return error;
	slash = strchr(parser->word, '/');
	if (!slash || !find_unit(slash + 1, &unit))
		return bad_value(parser, "rate, such as 10%/min or 50M/h");
	*slash = '\0';
	percent = strchr(parser->word, '%');
	condition->relative = percent;
	if (percent && !percent[1] &&
		parse_fraction(parser->word, (size_t)(percent - parser->word), &condition->limit))
		condition->limit /= PERCENT;
	else if (!percent && parse_size(parser->word, &bytes))
		condition->limit = (double)bytes;
	else
		return bad_value(parser, "amount, such as 10% or 50M");
	if (condition->limit <= 0)
		return bad_value(parser, "growth");
	condition->limit /= (double)unit / NANOSECONDS_PER_SECOND;
	condition->duration = usual_window(unit);
	return NULL;
}

static struct error *parse_nothing(struct parser *parser)
{
	(void)parser;
	return NULL;
}

static struct error *parse_signal(struct parser *parser)
{
	struct error *error = take_value(parser, "USR1 or USR2");
	const char *name = parser->word;

	if (error)
		return error;
	if (strncmp(name, "SIG", 3) == 0)
		name += 3;
	if (strcmp(name, "USR1") == 0)
		parser->condition.signal = SIGUSR1;
	else if (strcmp(name, "USR2") == 0)
		parser->condition.signal = SIGUSR2;
	else
		return bad_value(parser, "signal that can be waited for: USR1 and USR2 can");
	return NULL;
}

/* 3:00, 03:00, 03:00:30 */
static struct error *parse_time(struct parser *parser)
{
	struct error *error = take_value(parser, "a time of day");
	uint64_t hour, minute, second = 0;

	if (error)
		return error;
	struct cursor cursor = cursor_over(parser->word, strlen(parser->word));
	if (!cursor_take_decimal(&cursor, &hour) || !cursor_skip_text(&cursor, ":") ||
		!cursor_take_decimal(&cursor, &minute) ||
		(cursor_skip_text(&cursor, ":") && !cursor_take_decimal(&cursor, &second)) ||
		cursor_left(&cursor) || hour > 23 || minute > 59 || second > 59)
		return bad_value(parser, "time of day, such as 03:00");
	parser->condition.second_of_day = (unsigned)((hour * 60 + minute) * 60 + second);
	return NULL;
}

static struct error *parse_period(struct parser *parser)
{
	struct error *error = take_value(parser, "a time");

	if (error)
		return error;
	if (!parse_duration(parser->word, &parser->condition.duration) ||
		parser->condition.duration < SHORTEST_TIME)
		return bad_value(parser, "time to wait, such as 30s or 10m");
	return NULL;
}

static const struct subject subjects[] = {
	{"rss", CONDITION_RESIDENT, parse_size_limit, "rss > 2G"},
	{"cpu", CONDITION_CPU, parse_cpu, "cpu > 80%"},
	{"threads", CONDITION_THREADS, parse_count, "threads > 200"},
	{"fds", CONDITION_DESCRIPTORS, parse_count, "fds > 1000"},
	{"growth", CONDITION_GROWTH, parse_growth, "growth 10%/min"},
	{"exit", CONDITION_EXIT, parse_nothing, "exit"},
	{"signal", CONDITION_SIGNAL, parse_signal, "signal USR1"},
	{"time", CONDITION_TIME, parse_time, "time 03:00"},
	{"every", CONDITION_EVERY, parse_period, "every 10m"},
	{"allocated", CONDITION_CTL, parse_short_ctl, "allocated > 2G"},
	{"active", CONDITION_CTL, parse_short_ctl, NULL},
	{"mapped", CONDITION_CTL, parse_short_ctl, NULL},
	{"metadata", CONDITION_CTL, parse_short_ctl, NULL},
	{"resident", CONDITION_CTL, parse_short_ctl, NULL},
	{"retained", CONDITION_CTL, parse_short_ctl, NULL},
	{"ctl", CONDITION_CTL, parse_ctl, "ctl NAME > VALUE"},
};

static struct error *hint_at_subjects(struct error *error)
{
	char text[512] = "";
	size_t length = 0;

	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++)
		if (subjects[i].form)
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s",
				length ? ", " : "", subjects[i].form);
	return error_set_hint(error, "there are: %s", text);
}

static struct error *unknown(const char *word)
{
	struct error *error = error_create(ERROR_USAGE, "'%s' is nothing to wait for", word);
	struct suggestion suggestion = suggestion_for(word);

	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++)
		suggestion_consider(&suggestion, subjects[i].name);
	return suggestion.best ? error_set_hint(error, "did you mean %s?", suggestion.best)
			       : hint_at_subjects(error);
}

static const struct subject *find_subject(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++)
		if (strcmp(subjects[i].name, name) == 0)
			return &subjects[i];
	return NULL;
}

bool condition_is_level(const struct condition *condition)
{
	return condition->kind <= CONDITION_GROWTH;
}

bool condition_needs_process(const struct condition *condition)
{
	return condition->kind <= CONDITION_EXIT;
}

static struct error *parse_for(struct parser *parser)
{
	if (!take_this_word(parser, "for"))
		return NULL;
	if (!condition_is_level(&parser->condition))
		return error_create(ERROR_USAGE, "`for` goes with what is met for a while only");
	return parse_period(parser);
}

static struct error *parse_all(struct parser *parser)
{
	const struct subject *subject;
	struct error *error;

	if (!take_word(parser))
		return hint_at_subjects(
			error_create(ERROR_USAGE, "what is to be waited for is missing"));
	subject = find_subject(parser->word);
	if (!subject)
		return unknown(parser->word);
	parser->condition.kind = subject->kind;
	error = subject->parse(parser);
	if (error)
		return error_set_hint(error_add_context(error, "%s", subject->name),
			"it is written as in: %s", subject->form ? subject->form : "mapped > 2G");
	error = parse_for(parser);
	if (error)
		return error_add_context(error, "%s", subject->name);
	parser->condition.repeat = take_this_word(parser, "repeat");
	if (!take_word(parser) && !cursor_left(&parser->text))
		return NULL;
	return error_set_hint(error_create(ERROR_USAGE, "'%s' is not understood behind %s",
				      parser->word, subject->name),
		"what can follow is `for TIME`, `repeat`, options, and `do COMMAND`");
}

struct error *condition_parse(const char *text, struct condition *ret)
{
	struct parser parser = {.text = cursor_over(text, strlen(text))};
	struct error *error = parse_all(&parser);

	if (!error)
		*ret = parser.condition;
	return error;
}

bool condition_holds(const struct condition *condition, double value)
{
	switch (condition->order) {
	case ORDER_ABOVE:
		return value > condition->limit;
	case ORDER_AT_LEAST:
		return value >= condition->limit;
	case ORDER_BELOW:
		return value < condition->limit;
	case ORDER_AT_MOST:
		return value <= condition->limit;
	}
	return false;
}

time_t condition_next_time(const struct condition *condition, time_t now)
{
	struct tm local;

	if (!localtime_r(&now, &local))
		return now;
	for (int days = 0; days < 3; days++) {
		struct tm day = local;

		day.tm_mday += days;
		day.tm_hour = (int)(condition->second_of_day / 3600);
		day.tm_min = (int)(condition->second_of_day / 60 % 60);
		day.tm_sec = (int)(condition->second_of_day % 60);
		day.tm_isdst = -1;
		time_t when = mktime(&day);
		if (when > now)
			return when;
	}
	return now;
}
