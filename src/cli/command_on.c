#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/quantity.h"
#include "base/string_builder.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/command_sequence.h"
#include "cli/completion.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/rules.h"

#define USUAL_INTERVAL     NANOSECONDS_PER_SECOND
#define USUAL_CTL_INTERVAL (10 * NANOSECONDS_PER_SECOND)
#define SHORTEST_INTERVAL  (10 * NANOSECONDS_PER_MILLISECOND)
#define LOOKS_IN_WINDOW    30 /* at growth */
#define USUAL_FILES        10
#define USUAL_DISK         (1UL << 30)

static const struct command_option options[] = {
	{.name = "repeat", .help = "run it again whenever it is met anew"},
	{.name = "times", .argument = "N", .help = "run it so often (1)"},
	{.name = "cooldown",
		.argument = "TIME",
		.help = "repeat it after that time even if it has been met all along"},
	{.name = "every", .argument = "TIME", .help = "how often to look (1s; 10s at jemalloc)"},
	{.name = "timeout", .argument = "TIME", .help = "fail if it is not met within that time"},
	{.name = "limit-files",
		.argument = "N",
		.help = "end once so many files are written (10 if repeated; 0: never)"},
	{.name = "limit-disk",
		.argument = "SIZE",
		.help = "end once they take so much (1G if repeated; 0: never)"},
	{.name = "off", .argument = "N", .help = "disarm that rule, or all"},
	{0},
};

static struct error *take_size(
	const struct arguments *arguments, const char *option, uint64_t usual, uint64_t *ret)
{
	const char *text = arguments_value(arguments, option);
	uint64_t size = usual;

	if (text && !parse_size(text, &size))
		return error_set_hint(
			arguments_error(arguments, "'%s' is no value of --%s", text, option),
			"it takes bytes, or a size such as 500M or 2G");
	*ret = size;
	return NULL;
}

static uint64_t usual_interval(const struct condition *condition)
{
	uint64_t interval = USUAL_INTERVAL;

	if (condition->kind == CONDITION_CTL)
		return USUAL_CTL_INTERVAL;
	if (condition->kind == CONDITION_GROWTH && condition->duration / LOOKS_IN_WINDOW < interval)
		interval = condition->duration / LOOKS_IN_WINDOW;
	return interval > SHORTEST_INTERVAL ? interval : SHORTEST_INTERVAL;
}

static struct error *take_options(const struct arguments *arguments,
	const struct condition *condition, struct rule_options *ret)
{
	bool repeats = condition->repeat || condition->kind == CONDITION_EVERY ||
		       arguments_has(arguments, "repeat") || arguments_has(arguments, "cooldown");
	struct rule_options taken = {.cools_down = arguments_has(arguments, "cooldown")};
	uint64_t files = 0;
	struct error *error =
		arguments_number(arguments, "times", repeats ? 0 : 1, 1, UINT32_MAX, &taken.times);

	repeats |= taken.times != 1;
	if (!error)
		error = arguments_duration(arguments, "cooldown", 0, &taken.cooldown);
	if (!error)
		error = arguments_duration(
			arguments, "every", usual_interval(condition), &taken.interval);
	if (!error)
		error = arguments_duration(arguments, "timeout", 0, &taken.timeout);
	if (!error)
		error = arguments_number(
			arguments, "limit-files", repeats ? USUAL_FILES : 0, 0, UINT32_MAX, &files);
	if (!error)
		error = take_size(
			arguments, "limit-disk", repeats ? USUAL_DISK : 0, &taken.limit_disk);
	if (error)
		return error;
	if (taken.interval < SHORTEST_INTERVAL)
		taken.interval = SHORTEST_INTERVAL;
	taken.limit_files = files;
	*ret = taken;
	return NULL;
}

static size_t find_do(const struct arguments *arguments)
{
	size_t index = 0;

	while (index < arguments->words.count &&
		strcmp(arguments->words.items[index], arguments->command->rest_after) != 0)
		index++;
	return index;
}

static struct error *join(const struct arguments *arguments, size_t count, char **ret)
{
	STRING_BUILDER(text);

	for (size_t i = 0; i < count; i++)
		string_append_format(&text, "%s%s", i ? " " : "", arguments->words.items[i]);
	return string_builder_finish(&text, ret);
}

static struct error *copy_commands(
	const struct arguments *arguments, size_t begin, struct owned_texts *ret)
{
	struct error *error = NULL;

	for (size_t i = begin; !error && i < arguments->words.count; i++) {
		char *copy = strdup(arguments->words.items[i]);

		error = copy ? owned_texts_append(ret, copy) : &error_no_memory;
		if (error)
			free(copy);
	}
	return error;
}

static struct error *fill_rule(
	struct session *session, const struct arguments *arguments, struct rule *rule)
{
	size_t count = find_do(arguments);
	struct error *error = join(arguments, count, &rule->text);

	if (!error)
		error = condition_parse(rule->text, &rule->condition);
	if (!error && count + 1 >= arguments->words.count)
		error = arguments_error(arguments, "`do COMMAND` is missing behind the condition");
	if (!error)
		error = take_options(arguments, &rule->condition, &rule->options);
	if (!error)
		error = copy_commands(arguments, count + 1, &rule->commands);
	if (!error)
		error = command_sequence_check(session, rule->commands.items, rule->commands.count);
	if (!error && session->script_name &&
		asprintf(&rule->position, "%s:%u", session->script_name, session->script_line) <
			0) {
		rule->position = NULL;
		error = &error_no_memory;
	}
	return error;
}

static struct error *join_commands(const struct rule *rule, char **ret)
{
	STRING_BUILDER(text);

	ARRAY_FOR_EACH (word, &rule->commands)
		string_append_format(&text, "%s%s", text.length ? " " : "", *word);
	return string_builder_finish(&text, ret);
}

static struct error *print_rule(struct session *session, const struct rule *rule)
{
	CLEANUP(cleanup_free) char *commands = NULL;
	struct error *error = join_commands(rule, &commands);
	char value[RULE_VALUE_SIZE];

	if (error)
		return error;
	rule_format_value(rule, value);
	fprintf(session->out, "%u: ", rule->number);
	print_text(session->out, rule->text);
	fputs(" do ", session->out);
	print_text(session->out, commands);
	fprintf(session->out, "\n   ran %lu", rule->runs);
	if (rule->options.times)
		fprintf(session->out, " of %lu", rule->options.times);
	fprintf(session->out, " times, wrote %zu files", rule->written.paths.count);
	fprintf(session->out, "%s%s\n", value[0] ? "; now " : "", value);
	return NULL;
}

static json_t *rule_json(const struct rule *rule, const char *commands)
{
	json_t *files = json_array();

	ARRAY_FOR_EACH (path, &rule->written.paths)
		json_add(&files, json_text(*path));
	return json_pack("{s:i, s:o, s:o, s:o, s:I, s:o, s:o, s:I, s:o}", "rule", (int)rule->number,
		"condition", json_text(rule->text), "commands", json_text(commands), "pid",
		rule->pid ? json_integer(rule->pid) : json_null(), "runs", (json_int_t)rule->runs,
		"times",
		rule->options.times ? json_integer((json_int_t)rule->options.times) : json_null(),
		"files", files, "bytes", (json_int_t)written_files_size(&rule->written), "value",
		rule->has_value ? json_real(rule->value) : json_null());
}

static struct error *list_json(struct session *session)
{
	json_t *rules = json_array();
	struct error *error = NULL;

	for (size_t i = 0; !error && i < rules_count(session); i++) {
		CLEANUP(cleanup_free) char *commands = NULL;

		error = join_commands(rules_get(session, i), &commands);
		if (!error)
			json_add(&rules, rule_json(rules_get(session, i), commands));
	}
	answer_put(session, "rules", rules);
	return error;
}

static struct error *arm(struct session *session, const struct arguments *arguments)
{
	struct rule *rule = calloc(1, sizeof(*rule));
	struct error *error;

	if (!rule)
		return &error_no_memory;
	rule->end = -1;
	error = fill_rule(session, arguments, rule);
	if (error) {
		rule_destroy(rule);
		return error;
	}
	error = rules_arm(session, rule);
	if (!error && session->json)
		error = list_json(session);
	if (error || !session->one_command)
		return error;
	return rules_wait(session, RULES_ALL, RULES_WAIT_FOR_EVER);
}

static struct error *disarm(struct session *session, const struct arguments *arguments)
{
	const char *text = arguments_value(arguments, "off");
	uint64_t number;

	if (strcmp(text, "all") == 0)
		return rules_disarm(session, RULES_ALL);
	if (!parse_unsigned(text, &number) || !number || number >= RULES_NONE)
		return error_set_hint(arguments_error(arguments, "'%s' is no value of --off", text),
			"it takes the number of a rule, as `on` lists them, or all");
	return rules_disarm(session, (unsigned)number);
}

static struct error *list(struct session *session)
{
	struct error *error = NULL;

	if (session->json)
		return list_json(session);
	for (size_t i = 0; !error && i < rules_count(session); i++)
		error = print_rule(session, rules_get(session, i));
	if (!rules_count(session))
		report(session, "no rule is armed");
	return error;
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	if (arguments_has(arguments, "off"))
		return disarm(session, arguments);
	return arguments->words.count ? arm(session, arguments) : list(session);
}

static void complete(struct completion *completion)
{
	static const char *const subjects[] = {"rss", "cpu", "growth", "threads", "fds", "exit",
		"signal", "time", "every", "allocated", "ctl"};

	if (completion->index == 0)
		for (size_t i = 0; i < ARRAY_SIZE(subjects); i++)
			completion_add(completion, subjects[i]);
	else if (strcmp(completion->previous, "do") == 0)
		complete_commands(completion);
	else if (strcmp(completion->previous, "signal") == 0)
		completion_add(completion, "USR1"), completion_add(completion, "USR2");
	else {
		completion_add(completion, "for");
		completion_add(completion, "repeat");
		completion_add(completion, "do");
	}
}

const struct command command_on = {
	.name = "on",
	.group = GROUP_SCRIPTS,
	.usage = "CONDITION [for TIME] [repeat] do COMMAND[; COMMAND]... | --off N",
	.summary = "run commands when something happens",
	.description =
		"Arms a rule and goes on. Rules are looked at while limpet has nothing else to "
		"do: during `sleep`, `watch` and `wait`, at an idle prompt, and at the end of a "
		"script, which waits until all have ended; Ctrl-C ends that. As the one command "
		"of a command line it waits at once. Without arguments it lists the rules.\n\n"
		"Conditions are: rss > 2G (or <, >=, <=); cpu > 80% (of one core) or cpu > 3.5 "
		"(cores); threads > 200; fds > 1000; growth 10%/min or 50M/h (of rss, over one "
		"minute or ten, or as long as `for` says: half of all slopes between two looks "
		"are steeper); exit; signal USR1 or USR2 (sent to limpet, as it says when it is "
		"armed: those of the process are not seen, because limpet does not stay attached); "
		"time 03:00; every 10m; and figures of jemalloc's, allocated > 2G or any other as "
		"ctl NAME > VALUE. `for 10s` wants it to be met at every look for so long.\n\n"
		"To look, files of /proc are read, and the process is not touched. jemalloc's "
		"figures need a call in the process, every 10 seconds.\n\n"
		"It runs once (every 10m without end); with `repeat`, --times or --cooldown again, "
		"when the condition has "
		"not been met in between or when the cool-down is over. A rule that repeats ends "
		"after 10 files or 1 GiB of them, unless told otherwise. Files never replace an "
		"earlier one of the same rule: -1, -2 is put to their names.\n\n"
		"What follows `do` is the rest of the line, with redirections of its own; "
		"variables "
		"in it are replaced when it runs. On a command line put it into quotes, or name "
		"one command without: limpet -p 4242 on 'rss > 2G' do heap dump -o leak-%t.pb.gz. "
		"A command that fails is reported, and the exit status tells. "
		"When the process ends, what `exit` waits for runs, with the profiles that were "
		"kept, and all other rules about it end.",
	.examples = (const char *const[]){"on rss > 2G do heap dump -o leak-%t.pb.gz",
		"on cpu > 80% for 10s do cpu -d 30; top10",
		"on growth 10%/min repeat --cooldown 10m do heap dump -o %n-%t.pb.gz",
		"on exit do save last.pb.gz", "on signal USR1 repeat do stacks >> stacks.txt",
		"on --off all", NULL},
	.options = options,
	.maximum = UINT32_MAX,
	.takes_interrupts = true,
	.unpaged = true,
	.prints_json = true,
	.rest_after = "do",
	.reach = REACH_ONE,
	.run = run,
	.complete = complete,
};
