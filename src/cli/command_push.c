#include "base/quantity.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/json.h"
#include "cli/profile_argument.h"
#include "cli/push_options.h"
#include "cli/pushed_profile.h"
#include "push/url.h"
#include "session/interrupt.h"

static const struct command_option options[] = {
	PUSH_OPTIONS,
	PUSH_TOKEN_OPTIONS,
	{.name = "service",
		.argument = "NAME",
		.help = "what the application is called; else the process or the main binary"},
	{.name = "timeout", .argument = "TIME", .help = "of one attempt; 30s if not given"},
	{.name = "retry",
		.argument = "TIME",
		.help = "try for so long while the collector is away or busy; else once"},
	{.name = "sample-index",
		.argument = "TYPE",
		.help = "which values are counted when it is told what a filter left out",
		.word = true},
	PROFILE_FILTER_OPTIONS,
	{0},
};

struct pushing {
	struct session *session;
	const struct session_profile *profile;
	struct push_request_options request;
	uint64_t patience;
};

static void pushing_deinit(struct pushing *pushing)
{
	push_options_deinit(&pushing->request);
}

static struct error *read_options(const struct arguments *arguments, struct pushing *pushing)
{
	struct push_options *push = &pushing->request.options;
	struct error *error = push_options_read(
		arguments, arguments_word(arguments, 0), "token-file", "user", &pushing->request);

	if (!error)
		error = arguments_duration(arguments, "timeout", 0, &push->timeout);
	if (!error)
		error = arguments_duration(arguments, "retry", 0, &pushing->patience);
	push->interrupted = session_interrupted;
	return error;
}

/* The collector, or a file, says no: exit status 4 is about processes. */
static struct error *about_collector(struct error *error)
{
	if (error && (error->kind == ERROR_DENIED || error->kind == ERROR_GONE))
		error->kind = ERROR_FAILED;
	return error;
}

static struct error *tell(const struct pushing *pushing, const struct push_profile *sent,
	const struct push_receipt *receipt)
{
	struct session *session = pushing->session;
	const struct push_options *push = &pushing->request.options;
	CLEANUP(push_url_deinit) struct push_url url = {0};
	char size[QUANTITY_SIZE];
	struct error *error = push_url_init(push->url, &url);

	if (error)
		return error;
	if (session->json) {
		answer_put(session, "profile", json_profile(pushing->profile));
		answer_put(session, "collector", json_text(push_kind_name(push->kind)));
		answer_put(session, "url", json_text(url.base));
		answer_put(session, "kind", json_text(sent->kind));
		answer_put(session, "service", json_text(sent->service));
		answer_put(session, "bytes", json_integer((json_int_t)receipt->bytes));
		answer_put(session, "attempts", json_integer((json_int_t)receipt->attempts));
		answer_put(session, "answer", json_text(receipt->text));
		return NULL;
	}
	fprintf(session->out, "sent %s of %s (%s) to %s at %s: %s\n", sent->kind, sent->service,
		format_bytes((double)receipt->bytes, size), push_kind_name(push->kind), url.base,
		receipt->text);
	return NULL;
}

static struct error *push(struct pushing *pushing, const char *service)
{
	struct push_request_options *request = &pushing->request;
	CLEANUP(pushed_profile_deinit) struct pushed_profile pushed = {0};
	struct push_receipt receipt;
	struct error *error =
		pushed_profile_init(pushing->session, pushing->profile, service, &pushed);

	if (error)
		return error;
	pushed.sent.labels = request->labels.items;
	pushed.sent.label_count = request->labels.count;
	if (!request->kind_known)
		error = push_ask_kind(&request->options, pushing->patience, &request->options.kind);
	if (!error)
		error = push_once(&request->options, &pushed.sent, pushing->patience, &receipt);
	return error ? about_collector(error) : tell(pushing, &pushed.sent, &receipt);
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(profile_argument_deinit) struct profile_argument argument = {0};
	CLEANUP(pushing_deinit) struct pushing pushing = {.session = session};
	struct error *error = read_options(arguments, &pushing);

	if (!error)
		error = profile_argument_init(session, arguments_word(arguments, 1), &argument);
	if (!error)
		error = profile_argument_filter(session, arguments, &argument);
	if (error)
		return error;
	pushing.profile = argument.profile;
	return push(&pushing, arguments_value(arguments, "service"));
}

static void complete(struct completion *completion)
{
	if (completion->index == 1)
		complete_profiles_and_files(completion);
}

const struct command command_push = {
	.name = "push",
	.group = GROUP_PROFILES,
	.usage = "URL [PROFILE] [--collector KIND] [--service NAME] [--label KEY=VALUE]...",
	.summary = "send a profile to Pyroscope or Parca",
	.description =
		"Sends PROFILE, which is a number such as @2, or a file, or else the last one, to "
		"the collector at URL, and says what it answered. The URL is that of the server, "
		"with its prefix if it has one. Which collector it is can be said by its scheme, "
		"pyroscope+http://, pyroscope-push+https://, parca+http://, or by --collector; "
		"else limpet asks the server.\n\n"
		"In Pyroscope the profile is process_cpu, wall or memory of the service; in Parca "
		"these are its names, and service_name is a label. The service is called as "
		"--service says, or else like the process, or like the main binary of a file.\n\n"
		"A token is read from a file that others cannot read, never from the arguments, "
		"which all can see; it goes as a bearer token, or with --user as the password. "
		"Redirects are not followed.\n\n"
		"Pyroscope takes 4 MiB (not compressed) and 16000 stacks at most, of the last "
		"hour; filters (`help top`) make less of a profile.",
	.examples = (const char *const[]){"push http://localhost:4040",
		"push parca+http://localhost:7070 @2 --label env=production",
		"push pyroscope+https://h.example cpu.pb.gz --service shop --token-file token",
		"push http://localhost:4040 @1 --tenant team-a --retry 2m", NULL},
	.options = options,
	.minimum = 1,
	.maximum = 2,
	.unpaged = true,
	.prints_json = true,
	.reach = REACH_FILES,
	.run = run,
	.complete = complete,
};
