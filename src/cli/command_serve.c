#include <string.h>

#include "base/clock.h"
#include "base/quantity.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/processes.h"
#include "cli/serve.h"
#include "collect/cpu.h"
#include "session/attachment.h"

#define ADDRESS_DEFAULT "127.0.0.1:6060"
#define DURATION_MAX    (300 * NANOSECONDS_PER_SECOND)
#define RATE_MAX        1000
#define PUSH_EVERY      (15 * NANOSECONDS_PER_SECOND)
#define PUSH_HEAP_EVERY (60 * NANOSECONDS_PER_SECOND)
#define PUSH_RATE       19
#define PUSH_QUEUE_MAX  ((uint64_t)64 << 20)
#define HOST_NAMES_MAX  32

static const struct command_option options[] = {
	{.name = "listen",
		.letter = 'l',
		.argument = "ADDRESS",
		.help = "HOST:PORT, or unix:PATH (" ADDRESS_DEFAULT ")"},
	{.name = "pid",
		.letter = 'p',
		.argument = "PID",
		.help = "the process, or several, if none is named before the command"},
	{.name = "name", .letter = 'n', .argument = "NAME", .help = "the same, by its name"},
	{.name = "all", .help = "every process of that name, also those that come later"},
	{.name = "allow",
		.argument = "PATTERN",
		.help = "every process whose whole name matches, also later ones"},
	{.name = "processes", .argument = "N", .help = "how many of them at most"},
	{.name = "token-file",
		.argument = "FILE",
		.help = "clients must know the token that is in it"},
	{.name = "beyond-loopback",
		.help = "ADDRESS may be one that other machines reach; needs a token"},
	{.name = "host",
		.argument = "NAME",
		.help = "a name that clients may call this machine by; repeatable"},
	{.name = "max-seconds", .argument = "TIME", .help = "how long a capture may be (300s)"},
	{.name = "max-rate", .argument = "HZ", .help = "samples a second at most (1000)"},
	{.name = "push",
		.argument = "URL",
		.help = "sample all the time, and send it to Pyroscope or Parca"},
	{.name = "every", .argument = "TIME", .help = "of --push: how long a profile is (15s)"},
	{.name = "rate",
		.letter = 'r',
		.argument = "HZ",
		.help = "of --push: samples a second (19)"},
	{.name = "heap-every",
		.argument = "TIME",
		.help = "of --push: a dump of the heap so often, where it is profiled (60s)"},
	PUSH_OPTIONS,
	{.name = "push-token-file",
		.argument = "FILE",
		.help = "holds the collector's token, and nobody else can read it"},
	{.name = "push-user",
		.argument = "NAME",
		.help = "that token is the password of this user"},
	{0},
};

/* Those before the command, or behind it. */
static struct error *read_choice(
	const struct session *session, const struct arguments *arguments, struct serve_options *ret)
{
	const struct process_choice *chosen = session->chosen;
	struct error *error = NULL;
	uint64_t pid;

	ret->all = arguments_has(arguments, "all");
	if (chosen) {
		ret->name = chosen->followed ? chosen->followed : chosen->name;
		ret->all |= chosen->all;
		ARRAY_FOR_EACH (spec, &chosen->specs)
			if (!error && parse_unsigned(*spec, &pid))
				error = u32_array_append(&ret->pids, (uint32_t)pid);
			else if (!error)
				error = arguments_error(
					arguments, "'%s' is no running process", *spec);
	}
	if (!error && chosen && chosen->children)
		error = arguments_error(arguments,
			"serve takes names of processes, and no --children: --allow PATTERN");
	if (!error && !ret->name && !ret->pids.count && session->attachment)
		error = u32_array_append(
			&ret->pids, (uint32_t)session->attachment->target->identity.pid);
	return error;
}

static struct error *check_choice(
	const struct session *session, const struct arguments *arguments, struct serve_options *ret)
{
	ret->allow = arguments_value(arguments, "allow");
	if (ret->allow && (ret->name || ret->pids.count))
		return arguments_error(
			arguments, "--allow says which processes there are: not with -p or -n");
	if (ret->all && !ret->name)
		return arguments_error(arguments, "--all is about the processes of a name");
	if (ret->allow || ret->name || ret->pids.count)
		return NULL;
	if (session->front)
		return error_set_hint(
			error_create(ERROR_USAGE, "several processes are attached to"),
			"`detach` first; `limpet -n NAME --all serve` serves several");
	return error_set_hint(
		arguments_error(arguments, "which process is to be served must be said"),
		"limpet -p PID serve, limpet -n NAME serve, serve -n NAME --all, or "
		"serve --allow PATTERN");
}

static struct error *read_limits(
	const struct session *session, const struct arguments *arguments, struct serve_options *ret)
{
	uint64_t rate = RATE_MAX;
	struct error *error =
		arguments_duration(arguments, "max-seconds", DURATION_MAX, &ret->http.duration_max);

	if (!error)
		error = arguments_number(arguments, "max-rate", RATE_MAX, 1, CPU_RATE_MAX, &rate);
	ret->http.rate_max = (uint32_t)rate;
	ret->processes_max = settings_number(&session->settings, SETTING_PROCESSES);
	return error ? error
		     : arguments_number(arguments, "processes", ret->processes_max, 1, 100000,
			       &ret->processes_max);
}

static struct error *read_hosts(
	const struct arguments *arguments, const char *hosts[static HOST_NAMES_MAX + 1])
{
	size_t count = 0;

	ARRAY_FOR_EACH (given, &arguments->options) {
		if (strcmp(given->option->name, "host") != 0)
			continue;
		if (count == HOST_NAMES_MAX)
			return arguments_error(arguments, "no more than %d names", HOST_NAMES_MAX);
		hosts[count++] = given->value;
	}
	return NULL;
}

static struct error *read_push(const struct arguments *arguments, struct serve_options *ret)
{
	static const char *const only_with_push[] = {"every", "rate", "heap-every", "collector",
		"label", "tenant", "ca-file", "push-token-file", "push-user"};
	const char *url = arguments_value(arguments, "push");
	uint64_t rate = PUSH_RATE;
	struct error *error;

	for (size_t i = 0; !url && i < ARRAY_SIZE(only_with_push); i++)
		if (arguments_has(arguments, only_with_push[i]))
			return arguments_error(arguments,
				"--%s is about --push, which is not there", only_with_push[i]);
	if (!url)
		return NULL;
	error = push_options_read(arguments, url, "push-token-file", "push-user", &ret->push);
	if (!error)
		error = arguments_duration(arguments, "every", PUSH_EVERY, &ret->push_every);
	if (!error)
		error = arguments_duration(
			arguments, "heap-every", PUSH_HEAP_EVERY, &ret->push_heap_every);
	if (!error)
		error = arguments_number(arguments, "rate", PUSH_RATE, 1, CPU_RATE_MAX, &rate);
	ret->push_rate = (uint32_t)rate;
	ret->push.options.queue_max = PUSH_QUEUE_MAX;
	return error;
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	const char *hosts[HOST_NAMES_MAX + 1] = {NULL};
	const char *address = arguments_value(arguments, "listen");
	struct serve_options serve = {
		.http =
			{
				.address = address ? address : ADDRESS_DEFAULT,
				.token_file = arguments_value(arguments, "token-file"),
				.beyond_loopback = arguments_has(arguments, "beyond-loopback"),
				.host_names = hosts,
			},
	};
	struct error *error = read_choice(session, arguments, &serve);

	if (!error)
		error = check_choice(session, arguments, &serve);
	if (!error)
		error = read_limits(session, arguments, &serve);
	if (!error)
		error = read_hosts(arguments, hosts);
	if (!error)
		error = read_push(arguments, &serve);
	if (!error)
		error = serve_run(session, &serve);
	push_options_deinit(&serve.push);
	u32_array_deinit(&serve.pids);
	return error;
}

const struct command command_serve = {
	.name = "serve",
	.group = GROUP_SCRIPTS,
	.usage = "[-l ADDRESS] [-n NAME [--all] | --allow PATTERN] [--token-file FILE]",
	.summary = "the endpoints of pprof over HTTP, for processes that have none",
	.description =
		"Answers as a program in Go does that imports net/http/pprof, for any process: go "
		"tool pprof http://127.0.0.1:6060/debug/pprof/profile and collectors such as Parca "
		"and Alloy work as they are. limpet attaches when it is asked for something, and "
		"lets go when nothing was asked for a while. Of one process: /debug/pprof/; of "
		"several: /pid/PID/debug/pprof/ and /name/NAME/debug/pprof/. The page at / lists "
		"them. A process that ends and comes back, by its name and executable, is served "
		"again.\n\n"
		"profile?seconds=30&hz=99 (wall=1: the time on the clock), heap, allocs, cmdline, "
		"symbol; heap?seconds=30: what came and went meanwhile, with the heap profiler on "
		"for that time if it is off. /pprof/heap and /pprof/symbol are for jeprof, "
		"/metrics is for Prometheus. POST /activate and /deactivate switch the heap "
		"profiler; what limpet has switched is switched back when it ends, unless with "
		"--keep.\n\n"
		"A process is sampled by one capture at a time: a second one is answered 503, with "
		"the reason. A heap dump does not wait for it: the capture is interrupted, goes on "
		"with what is left of its time, and is one profile all the same. It ends when the "
		"client goes.\n\n"
		"With --push each process is sampled all the time, and the profiles are sent to a "
		"collector as `push` sends them: the CPU time in profiles of --every, and, where "
		"jemalloc's profiler is active, a dump of the heap --heap-every. What is asked for "
		"over HTTP goes before that. What the collector cannot take now is kept, up to 64 "
		"MiB, and sent when it can.\n\n"
		"What clients send is read by a process without any rights. It listens on this "
		"machine alone, unless with --beyond-loopback and a token (Bearer, or the password "
		"of Basic). Each request is a line on stderr; -q leaves errors alone. Ctrl-C or "
		"SIGTERM ends it.",
	.examples = (const char *const[]){"serve -n redis-server", "serve -n postgres --all",
		"serve --allow 'api-.*' -l unix:/run/limpet.sock",
		"serve -n api -l 0.0.0.0:6060 --beyond-loopback --token-file /etc/limpet.token",
		"serve -n api --push http://pyroscope:4040 --label env=production", NULL},
	.options = options,
	.takes_interrupts = true,
	.unpaged = true,
	.prints_json = true,
	.reach = REACH_SESSION,
	.run = run,
};
