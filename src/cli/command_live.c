#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/string_builder.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/command_cpu.h"
#include "cli/files.h"
#include "cli/live_json.h"
#include "cli/live_names.h"
#include "cli/live_page.h"
#include "cli/live_rows.h"
#include "cli/live_screen.h"
#include "cli/live_window.h"
#include "cli/naming_options.h"
#include "cli/output_name.h"
#include "cli/process_options.h"
#include "cli/report.h"
#include "cli/view_options.h"
#include "export/utf8.h"
#include "session/attachment.h"
#include "session/naming.h"

#define SLICE          NANOSECONDS_PER_SECOND
#define FIRST_SLICE    (NANOSECONDS_PER_SECOND / 5)
#define KEY_INTERVAL   (40 * NANOSECONDS_PER_MILLISECOND)
#define IDLE_INTERVAL  (250 * NANOSECONDS_PER_MILLISECOND)
#define NAMING_SHARE   19 /* naming takes a twentieth of the time at most, ... */
#define NAMING_LATEST  (10 * NANOSECONDS_PER_SECOND) /* ... but is not put off for longer */
#define STATES_MAX     100
#define DURATION_NEVER ((uint64_t)INT64_MAX / 2)

static const struct command_option options[] = {
	TARGET_OPTIONS,
	{.name = "number",
		.letter = 'n',
		.argument = "N",
		.help = "with --json: how many objects, one a second; 0: until Ctrl-C"},
	{.name = "rate", .letter = 'r', .argument = "HZ", .help = "samples a second (99)"},
	NAMING_OPTIONS,
	NAME_VIEW_OPTIONS,
	{0},
};

struct live {
	struct session *session;
	struct attachment *attachment;
	struct collector collector;
	struct cpu_options options;
	struct cpu_capture *capture;
	struct live_names names;
	struct profile_view_options name_view;
	struct live_window window;
	struct live_picture picture;
	struct live_view view;
	struct live_screen *screen;
	char *process;
	uint64_t next_slice, next_naming; /* target_now() */
	uint64_t own_base;                /* CPU of limpet's own that does not count */
	uint64_t own_paused;              /* the same when the pause began */
	bool stale;                       /* what is on the screen */
	bool done;
};

static bool interrupted(void *context)
{
	(void)context;
	return session_interrupted();
}

static uint64_t now(const struct live *live)
{
	return target_now(live->collector.target);
}

static uint64_t own_time(const struct live *live)
{
	return target_own_cpu_time(live->collector.target);
}

static struct error *name_locations(void *context, struct profile *profile)
{
	return attachment_name_profile(context, profile);
}

static struct error *update_names(struct live *live)
{
	const struct live_namer namer = {name_locations, live->attachment};
	bool first = !live->names.ends.count;
	uint64_t start = now(live), pause;
	struct error *error;

	if (start < live->next_naming)
		return NULL;
	error = live_names_update(&live->names, cpu_capture_profile(live->capture), &namer);
	/* The first one reads the symbols of most files, and must be seen. */
	pause = first ? 0 : NAMING_SHARE * (now(live) - start);
	live->next_naming = now(live) + (pause < NAMING_LATEST ? pause : NAMING_LATEST);
	return error;
}

/* Only so many are asked: the files of a thread cost some 30 microseconds. */
static void update_states(struct live *live)
{
	struct thread_usages *threads = &live->picture.rows.threads;

	for (size_t i = 0; i < threads->count && i < STATES_MAX; i++) {
		struct thread_usage *thread = &threads->items[i];
		struct thread_status status;

		if (!thread->id)
			continue;
		thread->state = 'X';
		if (target_thread_status(live->collector.target, (pid_t)thread->id, &status))
			thread->state = status.state;
	}
}

static struct error *add_idle_threads(struct live *live)
{
	CLEANUP(thread_array_deinit) struct thread_array listed = {0};
	struct live_rows *rows = &live->picture.rows;
	struct target *target = live->collector.target;
	struct error *error = error_unless(target_list_threads(target, &listed), ERROR_GONE);

	for (size_t i = 0; !error && i < listed.count && rows->threads.count < STATES_MAX; i++) {
		pid_t id = listed.items[i].id;
		struct thread_status status;

		if (!live_rows_have_thread(rows, id) && target_thread_status(target, id, &status))
			error = live_rows_add_thread(rows, id, status.name, status.state);
	}
	return error;
}

static void sum_up(const struct live *live, struct live_totals *ret)
{
	const struct cpu_statistics *statistics = cpu_capture_statistics(live->capture);
	uint64_t own = own_time(live);

	*ret = (struct live_totals){
		.elapsed = statistics->elapsed,
		.cpu_time = statistics->cpu_time,
		.samples = statistics->samples,
		.held = statistics->held_total,
		.own_time = own > live->own_base ? own - live->own_base : 0,
		.pauses = *cpu_capture_pauses(live->capture),
	};
}

static struct error *take_slice(struct live *live)
{
	const struct profile *profile = cpu_capture_profile(live->capture);
	struct live_picture *picture = &live->picture;
	CLEANUP(profile_values_deinit) struct profile_values charged = {0};
	struct error *error = cpu_capture_charged(live->capture, &charged);

	live->next_slice = now(live) + SLICE;
	sum_up(live, &picture->since);
	if (!error)
		error = live_window_add(&live->window, profile, &charged, &picture->since);
	if (!error)
		error = update_names(live);
	if (!error)
		error = live_rows_make(&picture->rows, &live->window, profile, &live->names);
	if (error)
		return error;
	live_window_totals(&live->window, &picture->window);
	picture->thread_count = cpu_capture_thread_count(live->capture);
	live_rows_sort(&picture->rows, live->view.by_total);
	live->stale = true;
	update_states(live);
	return add_idle_threads(live);
}

static struct error *draw(struct live *live)
{
	CLEANUP(live_page_deinit) struct live_page page = {0};
	size_t width, height;
	struct error *error;

	live_screen_size(live->screen, &width, &height);
	error = live_page_make(&live->picture, &live->view, width, height, &page);
	if (!error)
		live_screen_draw(live->screen, &page);
	live->stale = false;
	return error;
}

static void forget(struct live *live)
{
	cpu_capture_destroy(live->capture);
	live->capture = NULL;
	live_rows_deinit(&live->picture.rows);
	live_window_deinit(&live->window);
	live_names_deinit(&live->names);
}

static void note_end(struct live *live)
{
	live->view.ended = cpu_capture_statistics(live->capture)->end == CPU_END_TARGET_GONE;
	live->view.paused &= !live->view.ended;
}

/* What there was stays where nothing new can begin. */
static struct error *begin(struct live *live)
{
	struct cpu_capture *capture;
	struct error *error = cpu_capture_create(&live->collector, &live->options, &capture);

	if (error)
		return error;
	forget(live);
	live->capture = capture;
	live->own_base = live->own_paused = own_time(live);
	live->next_slice = now(live) + FIRST_SLICE;
	live->next_naming = 0;
	live->picture.since = live->picture.window = (struct live_totals){0};
	live->picture.thread_count = cpu_capture_thread_count(capture);
	return live_names_init(&live->name_view, &live->names);
}

static struct error *reset(struct live *live)
{
	struct error *error = live->view.ended ? NULL : begin(live);

	if (!error || error->kind != ERROR_GONE)
		return error;
	error_destroy(error);
	live->view.ended = true;
	return NULL;
}

static struct error *go_on(struct live *live)
{
	struct error *error = cpu_capture_skip(live->capture);

	live->own_base += own_time(live) - live->own_paused;
	live->next_slice = now(live) + FIRST_SLICE;
	note_end(live);
	return error;
}

static struct error *toggle_pause(struct live *live)
{
	if (live->view.ended)
		return NULL;
	live->view.paused = !live->view.paused;
	if (!live->view.paused)
		return go_on(live);
	live->own_paused = own_time(live);
	return NULL;
}

/* The profile of all that was gathered, named. */
static struct error *copy_profile(struct live *live, struct profile **ret)
{
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	struct error *error = cpu_capture_copy(live->capture, &profile);

	if (!error)
		error = attachment_name_profile(live->attachment, profile);
	if (!error)
		*ret = TAKE_POINTER(profile);
	return error;
}

/* *ret_name, to be freed, is what that stands for. */
static struct error *save_to(struct live *live, const char *path, char **ret_name)
{
	CLEANUP(session_profile_deinit) struct session_profile described = {0};
	CLEANUP(cleanup_free) char *name = NULL;
	struct profile *profile;
	struct error *error = output_name_choose(live->session, path, false, &name);

	if (!error)
		error = file_check(name);
	if (!error)
		error = copy_profile(live, &profile);
	if (!error)
		error = describe_cpu_profile(live->session, profile, &live->options, &described);
	if (!error)
		error = file_save(&described, NULL, name);
	if (!error)
		*ret_name = TAKE_POINTER(name);
	return error;
}

/* The view goes on, whatever comes of it. */
static void save(struct live *live)
{
	char *message = live->view.message;
	CLEANUP(cleanup_free) char *name = NULL;
	CLEANUP(cleanup_error) struct error *error = save_to(live, live->view.input, &name);

	if (!error)
		snprintf(message, LIVE_MESSAGE_MAX, "saved in %s", name);
	else
		snprintf(message, LIVE_MESSAGE_MAX, "not saved: %s%s%s", error->message,
			error->hint ? "; " : "", error->hint ? error->hint : "");
}

static struct error *take_key(struct live *live, uint32_t key)
{
	struct error *error = NULL;

	live->stale = true;
	switch (live_view_key(&live->view, key)) {
	case LIVE_QUIT:
		live->done = true;
		break;
	case LIVE_PAUSE:
		error = toggle_pause(live);
		break;
	case LIVE_RESET:
		error = reset(live);
		break;
	case LIVE_SAVE:
		save(live);
		break;
	case LIVE_SHOW:
		live_rows_sort(&live->picture.rows, live->view.by_total);
		break;
	}
	return error;
}

static struct error *take_keys(struct live *live)
{
	struct error *error = NULL;
	uint32_t key;

	while (!error && !live->done && (key = live_screen_key(live->screen)) != LIVE_KEY_NONE)
		error = take_key(live, key);
	return error;
}

static struct error *sample(struct live *live)
{
	uint64_t until = now(live) + KEY_INTERVAL;
	struct error *error;

	if (until > live->next_slice)
		until = live->next_slice;
	error = cpu_capture_run(live->capture, until);
	if (error)
		return error;
	note_end(live);
	return live->view.ended || now(live) >= live->next_slice ? take_slice(live) : NULL;
}

static bool is_idle(const struct live *live)
{
	return live->view.paused || live->view.ended;
}

/* For the shell; the process is left alone meanwhile. */
static struct error *stop(struct live *live)
{
	uint64_t own = own_time(live);

	live_screen_stop(live->screen);
	live->stale = true;
	if (is_idle(live))
		return NULL;
	live->own_paused = own;
	return go_on(live);
}

static struct error *run_view(struct live *live)
{
	struct error *error = begin(live);

	live->stale = true;
	while (!error && !live->done && !session_interrupted()) {
		if (live->stale || live_screen_is_stale(live->screen))
			error = draw(live);
		if (!error && is_idle(live))
			live->done = !live_screen_wait(live->screen, IDLE_INTERVAL);
		else if (!error)
			error = sample(live);
		if (!error)
			error = take_keys(live);
		if (!error && live_screen_must_stop(live->screen))
			error = stop(live);
	}
	return error;
}

static struct error *keep(struct live *live)
{
	const struct cpu_statistics *statistics = cpu_capture_statistics(live->capture);
	const struct session_profile *kept;
	struct profile *profile;
	struct error *error = copy_profile(live, &profile);

	if (!error)
		error = keep_cpu_profile(live->session, profile, &live->options, &kept);
	if (error)
		return error;
	if (live->view.ended)
		report(live->session, "process %s has ended", live->session->target_text);
	report_cpu_counts(live->session, &live->options, statistics);
	if (!live->session->one_command)
		report_kept(live->session, kept, NULL, NULL);
	return NULL;
}

static struct error *describe_process(struct live *live)
{
	STRING_BUILDER(text);

	utf8_append_printable(
		&text, live->session->target_text, strlen(live->session->target_text));
	struct error *error = string_builder_finish(&text, &live->process);
	live->picture.process = live->process;
	live->picture.rate = live->options.rate;
	return error;
}

/* What was gathered is kept, also when the view ends with an error. */
static struct error *show(struct live *live)
{
	struct error *error = describe_process(live), *keep_error;

	if (!error)
		error = live_screen_open(session_wants_color(live->session, stdout), &live->screen);
	if (error)
		return error;
	/* What is fetched would hold up the view. */
	live->attachment->download.off = true;
	error = run_view(live);
	live->attachment->download.off = false;
	live_screen_close(live->screen);
	if (!live->capture)
		return error;
	keep_error = keep(live);
	if (!error)
		return keep_error;
	error_destroy(keep_error);
	return error;
}

/* What was gathered is kept, and told by the last object. */
static struct error *finish_stream(struct live *live, uint64_t refreshes)
{
	struct error *error = keep(live);

	answer_put(live->session, "refreshes", json_integer((json_int_t)refreshes));
	if (!error)
		answer_put(live->session, "profile",
			json_integer((json_int_t)live->session->profiles.count));
	return error;
}

/* An object for each picture. */
static struct error *stream(struct live *live, uint64_t most)
{
	uint64_t limit = settings_number(&live->session->settings, SETTING_NODECOUNT);
	uint64_t refreshes = 0;
	struct error *error = begin(live);

	live->stale = false;
	live->attachment->download.off = true;
	while (!error && !live->done && !session_interrupted() && !live->session->output_gone) {
		error = sample(live);
		if (error || !live->stale)
			continue;
		live->stale = false;
		live->done = ++refreshes == most || live->view.ended;
		error = answer_put_all(live->session,
			live_picture_json(&live->picture, refreshes, limit, live->view.ended));
		if (!error)
			error = answer_print_part(live->session, "live");
	}
	live->attachment->download.off = false;
	session_clear_interrupts();
	return error ? error : finish_stream(live, refreshes);
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	struct live live = {
		.session = session,
		.options = {.duration = DURATION_NEVER, .interrupted = interrupted},
	};
	uint64_t most;
	struct error *error = session_attachment(session, &live.attachment);

	live.name_view = view_read_names(session, arguments);
	if (!error)
		error = arguments_number(arguments, "number", 0, 0, UINT32_MAX, &most);
	if (!error)
		error = read_sampling_rate(session, arguments, &live.options.rate);
	if (!error && session->out != stdout && !session->json)
		error = error_set_hint(
			error_create(ERROR_USAGE,
				"a live view is for the terminal, not for a file or a program"),
			"`cpu` prints a table, `live --json` an object a second, and `cpu -o FILE` "
			"saves a "
			"profile");
	if (error)
		return error;
	live.collector = attachment_collector(live.attachment);
	error = session->json ? stream(&live, most) : show(&live);
	forget(&live);
	free(live.process);
	return error;
}

const struct command command_live = {
	.name = "live",
	.group = GROUP_CPU,
	.usage = "[-r HZ] [--no-inlines] [--short] [--json [-n N]]",
	.summary = "watch the hottest functions and threads",
	.description =
		"A view that is new each second, of the last ten seconds of sampling (`cpu` says "
		"how "
		"that is done): what functions use CPU time, themselves (self) and with all they "
		"call (total), in percent of what the process uses and in cores, which is CPU "
		"seconds a second; the threads likewise; and what the sampling costs: how long a "
		"thread stands still for a sample (half of them, and 99% of them, no longer), how "
		"much of the process's CPU time that is, and limpet's own.\n\n"
		"Keys: q or Ctrl-C leaves. p or Space pauses: the picture stays, and no sample is "
		"taken until p again. o orders by self or by total; v or Tab shows functions, "
		"threads, or both; the arrows move through the list. / takes a text: only "
		"functions "
		"that hold it in their name or their module are shown, or where threads are shown "
		"alone, threads; Esc shows all again. s asks for a file and saves all that was "
		"sampled since the start, pauses left out: " FILE_FORMATS
		". r forgets all that and "
		"begins anew. ? explains. Ctrl-Z leaves for the shell, meanwhile the process is "
		"left "
		"alone; fg comes back.\n\n"
		"--no-inlines, --short and --mangled are those of `help top`, and the setting "
		"granularity can have lines told apart. Names that are too long for the window "
		"are short in any case.\n\n"
		"When the process ends the last picture stays. Afterwards what was sampled is kept "
		"as @1, @2, ....\n\n"
		"With --json there is no view: each second an object is printed in a line, until "
		"Ctrl-C, the end of the process or -n objects; the last one tells under which "
		"number what was sampled is kept.",
	.examples = (const char *const[]){"live", "live -r 499", "live --json -n 10", NULL},
	.options = options,
	.takes_interrupts = true,
	.unpaged = true,
	.prints_json = true,
	.reach = REACH_ONE,
	.run = run,
};
