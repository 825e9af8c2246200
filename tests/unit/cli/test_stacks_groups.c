#include "../base/test_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "cli/stacks_print.h"

/* Stacks are numbers here: equal ones are equal. */
static void add(struct stack_listing *listing, pid_t thread, const char *name, char state,
	uint32_t stack, enum capture_outcome outcome)
{
	struct listed_stack listed = {
		.thread = thread,
		.state = state,
		.stack = stack,
		.outcome = outcome,
		.system_call = state == 'S' ? SYS_futex : -1,
	};

	snprintf(listed.name, sizeof(listed.name), "%s", name);
	assert_success(listed_stacks_append(&listing->threads, listed));
}

static void add_sleepers(struct stack_listing *listing, pid_t first, pid_t count, uint32_t stack)
{
	for (pid_t i = 0; i < count; i++)
		add(listing, first + i, "sleeper", 'S', stack, CAPTURE_DONE);
}

/* A line for each group: "STATE STACK: THREAD..."; then those that are in none. */
static char *describe(const struct stack_listing *listing, const struct stack_groups *groups)
{
	STRING_BUILDER(text);
	size_t grouped = 0;
	char *result;

	ARRAY_FOR_EACH (group, groups) {
		const struct listed_stack *threads = listing->threads.items + group->first;

		string_append_format(&text, "%c %u:", group->state, threads->stack);
		for (size_t i = 0; i < group->count; i++) {
			assert_int_equal(threads[i].outcome, CAPTURE_DONE);
			assert_int_equal(threads[i].stack, threads->stack);
			assert_int_equal(threads[i].state, group->state);
			string_append_format(&text, " %d", threads[i].thread);
		}
		string_append_char(&text, '\n');
		grouped += group->count;
	}
	for (size_t i = grouped; i < listing->threads.count; i++)
		string_append_format(&text, "none: %d\n", listing->threads.items[i].thread);
	assert_success(string_builder_finish(&text, &result));
	return result;
}

static void assert_groups(struct stack_listing *listing, const char *expected)
{
	CLEANUP(stack_groups_deinit) struct stack_groups groups = {0};
	CLEANUP(cleanup_free) char *text = NULL;

	assert_success(stack_groups_make(listing, &groups));
	text = describe(listing, &groups);
	assert_string_equal(text, expected);
	stack_listing_deinit(listing);
}

static void no_threads_make_no_groups(void **state)
{
	struct stack_listing listing = {0};

	(void)state;
	assert_groups(&listing, "");
}

static void equal_stacks_are_one_group(void **state)
{
	struct stack_listing listing = {0};

	(void)state;
	add(&listing, 9, "a", 'S', 5, CAPTURE_DONE);
	add(&listing, 1, "b", 'S', 7, CAPTURE_DONE);
	add(&listing, 3, "c", 'S', 5, CAPTURE_DONE);
	add(&listing, 2, "d", 'S', 5, CAPTURE_DONE);
	assert_groups(&listing, "S 5: 2 3 9\nS 7: 1\n");
}

/* One waits in a lock, the other has just got it. */
static void a_stack_in_another_state_is_another_group(void **state)
{
	struct stack_listing listing = {0};

	(void)state;
	add(&listing, 1, "a", 'S', 5, CAPTURE_DONE);
	add(&listing, 2, "b", 'R', 5, CAPTURE_DONE);
	add(&listing, 3, "c", 'S', 5, CAPTURE_DONE);
	assert_groups(&listing, "R 5: 2\nS 5: 1 3\n");
}

static void who_runs_comes_first_and_then_the_largest(void **state)
{
	struct stack_listing listing = {0};

	(void)state;
	add_sleepers(&listing, 1, 2, 4);
	add_sleepers(&listing, 11, 5, 6);
	add(&listing, 21, "stopped", 'T', 8, CAPTURE_DONE);
	add(&listing, 22, "blocked", 'D', 9, CAPTURE_DONE);
	add(&listing, 23, "runs", 'R', 3, CAPTURE_DONE);
	add(&listing, 24, "runs", 'R', 2, CAPTURE_DONE);
	add(&listing, 25, "runs", 'R', 3, CAPTURE_DONE);
	assert_groups(&listing, "R 3: 23 25\n"
				"R 2: 24\n"
				"D 9: 22\n"
				"S 6: 11 12 13 14 15\n"
				"S 4: 1 2\n"
				"T 8: 21\n");
}

static void those_without_a_stack_are_in_no_group(void **state)
{
	struct stack_listing listing = {0};

	(void)state;
	add(&listing, 1, "gone", 'S', 5, CAPTURE_TRACED);
	add(&listing, 2, "there", 'S', 5, CAPTURE_DONE);
	add(&listing, 4, "busy", 'R', 0, CAPTURE_NOT_STOPPED);
	add(&listing, 3, "there", 'S', 5, CAPTURE_DONE);
	assert_groups(&listing, "S 5: 2 3\nnone: 4\nnone: 1\n");
	add(&listing, 1, "gone", 'S', 5, CAPTURE_TRACED);
	assert_groups(&listing, "none: 1\n");
}

/* With numbers from a pool of few: every thread is in exactly one group, and equal ones in one. */
static void many_threads_are_all_there(void **state)
{
	struct stack_listing listing = {0};
	CLEANUP(stack_groups_deinit) struct stack_groups groups = {0};
	size_t grouped = 0;

	(void)state;
	for (pid_t i = 0; i < 10000; i++)
		add(&listing, 1 + i * 7919 % 10007, "many", i % 3 ? 'S' : 'R',
			(uint32_t)(i * 31 % 17), CAPTURE_DONE);
	assert_success(stack_groups_make(&listing, &groups));
	assert_int_equal(groups.count, 2 * 17);
	ARRAY_FOR_EACH (group, &groups) {
		for (size_t i = 1; i < group->count; i++)
			assert_true(listing.threads.items[group->first + i].thread >
				    listing.threads.items[group->first + i - 1].thread);
		grouped += group->count;
	}
	assert_int_equal(grouped, 10000);
	stack_listing_deinit(&listing);
}

/* Of named frames, the innermost first. */
static uint32_t add_stack(struct profile *profile, const char *const *names, size_t count)
{
	uint32_t locations[8], stack;

	for (size_t i = 0; i < count; i++)
		assert_success(profile_add_named_location(profile, names[i], &locations[i]));
	assert_success(profile_add_stack(profile, locations, count, &stack));
	return stack;
}

/* Takes the listing. To be freed. */
static char *print_view(const struct profile *profile, struct stack_listing *listing,
	const struct profile_view_options *view)
{
	CLEANUP(stack_groups_deinit) struct stack_groups groups = {0};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_success(stack_groups_make(listing, &groups));
	assert_success(stacks_print_text(out, &(struct stacks_report){
						      .profile = profile,
						      .listing = listing,
						      .groups = &groups,
						      .view = view,
					      }));
	fclose(out);
	stack_listing_deinit(listing);
	return text;
}

static char *print(const struct profile *profile, struct stack_listing *listing)
{
	return print_view(profile, listing, &(struct profile_view_options){.names = NAMES_FULL});
}

/* An address in a function that is inlined into another one, of C++. */
static uint32_t add_inlined_stack(struct profile *profile)
{
	static const char *const names[][2] = {
		{"void each<int>(int)", "_Z4eachIiEvT_"}, {"run(char)", "_Z3runc"}};
	struct profile_line lines[2] = {{.line = 12}, {.line = 34}};
	uint32_t location, stack;

	for (size_t i = 0; i < 2; i++) {
		struct profile_function function = {0};

		assert_success(profile_string(profile, names[i][0], &function.name));
		assert_success(profile_string(profile, names[i][1], &function.system_name));
		assert_success(profile_string(profile, "run.cc", &function.file));
		assert_success(profile_add_function(profile, &function, &lines[i].function));
	}
	assert_success(
		profile_add_complete_location(profile, PROFILE_NONE, 0x10, lines, 2, &location));
	assert_success(profile_add_stack(profile, &location, 1, &stack));
	return stack;
}

static void frames_are_shown_as_the_view_has_it(void **state)
{
	static const struct {
		struct profile_view_options view;
		const char *expected;
	} cases[] = {
		{{.names = NAMES_FULL},
			"    void each<int>(int)  run.cc:12\n    run(char)  run.cc:34\n\n"},
		{{.names = NAMES_SHORT}, "    each  run.cc:12\n    run  run.cc:34\n\n"},
		{{.names = NAMES_MANGLED, .no_inlines = true}, "    _Z3runc  run.cc:34\n\n"},
	};
	CLEANUP(cleanup_profile) struct profile *profile = NULL;

	(void)state;
	assert_success(profile_create(&profile));
	uint32_t stack = add_inlined_stack(profile);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct stack_listing listing = {0};
		CLEANUP(cleanup_free) char *text = NULL;

		add(&listing, 1, "worker", 'R', stack, CAPTURE_DONE);
		text = print_view(profile, &listing, &cases[i].view);
		assert_string_equal(strchr(text, '\n') + 1, cases[i].expected);
	}
}

static void a_group_has_its_threads_names_once(void **state)
{
	static const char *const waiting[] = {"wait", "serve", "serve", "serve", "start"};
	static const char *const running[] = {"work", "start"};
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	CLEANUP(cleanup_free) char *text = NULL;
	struct stack_listing listing = {0};

	(void)state;
	assert_success(profile_create(&profile));
	uint32_t waits = add_stack(profile, waiting, ARRAY_SIZE(waiting));
	uint32_t works = add_stack(profile, running, ARRAY_SIZE(running));
	add(&listing, 2, "odd\tname", 'S', waits, CAPTURE_DONE);
	add_sleepers(&listing, 3, 12, waits);
	add(&listing, 1, "worker", 'R', works, CAPTURE_DONE);
	add(&listing, 99, "elsewhere", 'S', 0, CAPTURE_TRACED);
	text = print(profile, &listing);
	assert_string_equal(text,
		"1 thread running: worker 1\n"
		"    work\n"
		"    start\n"
		"\n"
		"13 threads asleep in futex: odd\xef\xbf\xbdname 2, sleeper 3, 4, 5, 6, 7, 8, 9, "
		"10, 11, 12, 13 and 1 more\n"
		"    wait\n"
		"    serve  (3 times)\n"
		"    start\n"
		"\n"
		"99 elsewhere, asleep: thread is traced by somebody else\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_threads_make_no_groups),
		cmocka_unit_test(equal_stacks_are_one_group),
		cmocka_unit_test(a_stack_in_another_state_is_another_group),
		cmocka_unit_test(who_runs_comes_first_and_then_the_largest),
		cmocka_unit_test(those_without_a_stack_are_in_no_group),
		cmocka_unit_test(many_threads_are_all_there),
		cmocka_unit_test(frames_are_shown_as_the_view_has_it),
		cmocka_unit_test(a_group_has_its_threads_names_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
