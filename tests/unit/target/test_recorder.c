#include "../base/test_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "snapshot_text.h"
#include "target/snapshot.h"

/* What is recorded of a snapshot is the same snapshot. */

#define HOSTILE                                                                                    \
	"limpet-snapshot 1\n"                                                                      \
	"process 42 a\\040b\\012round \\134x\\177\\040(deleted)\n"                                 \
	"mapping 1000-2000 r-xp 00000000 103:05 18446744073709551615 /a b\\012c (deleted)\n"       \
	"mapping 3000-4000 r-xp 00000000 00:00 0 \n"                                               \
	"round 1 0\n"                                                                              \
	"thread 42 R 0 \\000\n"                                                                    \
	"round 1 0\n"                                                                              \
	"thread 42 R 0 \\134040\\011x\n"                                                           \
	"capture 42 " REGISTERS "\n"                                                               \
	"stack 0 \n"

static struct target *parse(const char *text, size_t length)
{
	struct target *target = NULL;

	assert_success(snapshot_parse(text, length, ".", &target));
	return target;
}

/* Captures every thread that there is, as a sampler would: first that, then the listing. */
static bool record_round(struct target *recorder)
{
	struct capture captures[4];
	struct thread_array threads = {0};
	struct error *error;

	for (size_t i = 0; i < ARRAY_SIZE(captures); i++)
		captures[i] = (struct capture){
			.thread = 42 + (pid_t)i, .wish.own = 4096, .wish.other = 4096};
	error = target_capture(recorder, 1, captures, ARRAY_SIZE(captures));
	if (error) {
		assert_error(error, ERROR_GONE, "the recording of process 42 (tiny) is over", NULL);
		return false;
	}
	assert_success(target_list_threads(recorder, &threads));
	thread_array_deinit(&threads);
	return true;
}

static void record(struct target *recorder)
{
	struct thread_array threads = {0};

	for (int i = 0; i < 2; i++) {
		struct mappings mappings = {0};

		assert_success(target_list_mappings(recorder, &mappings));
		mappings_deinit(&mappings);
	}
	assert_success(target_list_threads(recorder, &threads));
	thread_array_deinit(&threads);
}

static void save(struct target *recorder, struct u8_array *ret)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/limpet-XXXXXX",
		getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	assert_success(recorder_save(recorder, path));
	assert_success(file_read(path, 1 << 20, ret));
	unlink(path);
}

static void assert_text(const struct u8_array *is, const char *expected)
{
	CLEANUP(cleanup_free) char *text = strndup((const char *)is->items, is->count);

	assert_string_equal(text, expected);
}

#define RECORDED                                                                                   \
	HEAD "mapping 401000-402000 r-xp 00001000 08:01 7 /usr/bin/tiny\n"                         \
	     "mapping 7fff0000-7fff1000 r-xp 00000000 00:00 0 [vdso]\n"                            \
	     "round 1000 50\n"                                                                     \
	     "thread 42 R 40 tiny\n"                                                               \
	     "round 2000 150\n"                                                                    \
	     "thread 42 R 120 tiny\n"                                                              \
	     "thread 43 S 30 worker\\040one\n"                                                     \
	     "capture 42 " REGISTERS " call 202\n"                                                 \
	     "stack 6f80 00ff10\n"                                                                 \
	     "other c000 abcdef\n"                                                                 \
	     "other d000 01\n"                                                                     \
	     "round 3000 160\n"                                                                    \
	     "thread 43 S 30 worker\\040one\n"

static void a_recording_of_a_recording_is_the_same(void **state)
{
	struct target *target = parse(WHOLE, strlen(WHOLE)), *recorder;
	CLEANUP(u8_array_deinit) struct u8_array first = {0};
	CLEANUP(u8_array_deinit) struct u8_array second = {0};

	(void)state;
	assert_success(recorder_create(target, &recorder));
	assert_int_equal(recorder->identity.pid, 42);
	assert_string_equal(recorder->identity.name, "tiny");
	assert_string_equal(recorder->identity.executable, "/usr/bin/tiny");
	record(recorder);
	while (record_round(recorder))
		;
	save(recorder, &first);
	assert_text(&first, RECORDED);
	target_destroy(recorder);
	target_destroy(target);
	target = parse((const char *)first.items, first.count);
	assert_success(recorder_create(target, &recorder));
	record(recorder);
	while (record_round(recorder))
		;
	save(recorder, &second);
	assert_text(&second, RECORDED);
	target_destroy(recorder);
	target_destroy(target);
}

/* Names are what a program likes: they must not become lines of their own. */
static void names_that_look_like_lines_come_back(void **state)
{
	struct target *target = parse(HOSTILE, strlen(HOSTILE)), *recorder;
	CLEANUP(u8_array_deinit) struct u8_array saved = {0};
	struct thread_array threads = {0};
	struct capture capture = {.thread = 42, .wish.own = 10};

	(void)state;
	assert_string_equal(target->identity.name, "a b\nround");
	assert_string_equal(target->identity.executable, "\\x\x7f (deleted)");
	assert_success(recorder_create(target, &recorder));
	record(recorder);
	assert_success(target_capture(recorder, 1, &capture, 1));
	assert_int_equal(capture.outcome, CAPTURE_DONE);
	assert_int_equal(capture.system_call, -1);
	assert_success(target_list_threads(recorder, &threads));
	thread_array_deinit(&threads);
	save(recorder, &saved);
	assert_text(&saved, HOSTILE);
	target_destroy(recorder);
	target_destroy(target);
}

/* All else that is asked is answered by what is recorded, and lent to the recorder only. */
static void the_recorder_passes_everything_on(void **state)
{
	struct target *target = parse(WHOLE, strlen(WHOLE)), *recorder;
	struct mapping mapping = {.path = (char[]){"/nowhere/none"}};
	struct thread_status status;
	uint64_t time;
	char byte;
	int fd;

	(void)state;
	assert_success(recorder_create(target, &recorder));
	assert_true(target_thread_status(recorder, 42, &status));
	assert_false(target_thread_status(recorder, 43, &status));
	assert_int_equal(target_read(recorder, 0, &byte, 1), 0);
	assert_int_equal(target_now(recorder), 1000);
	assert_success(target_cpu_time(recorder, &time));
	assert_int_equal(time, 50);
	assert_error(target_open_mapping(recorder, &mapping, &fd), ERROR_NOT_FOUND,
		"cannot open '/nowhere/none': No such file or directory", NULL);
	assert_success(target_wait_until(recorder, 0));
	target_destroy(recorder);
	assert_int_equal(target_now(target), 2000);
	target_destroy(target);
}

/* A process with two threads, of which one can be captured and is not listed any more. */
static struct error *fake_list(struct target *target, struct thread_array *ret)
{
	(void)target;
	return thread_array_append(ret, (struct thread){.id = 42, .cpu_time = 5});
}

static bool fake_status(struct target *target, pid_t id, struct thread_status *ret)
{
	(void)target;
	*ret = (struct thread_status){.name = "one", .state = 'R'};
	return id == 42;
}

static struct error *fake_cpu_time(struct target *target, uint64_t *ret)
{
	(void)target;
	*ret = 9;
	return NULL;
}

static struct error *fake_capture(
	struct target *target, uint64_t time, struct capture *captures, size_t count)
{
	(void)target;
	(void)time;
	for (size_t i = 0; i < count; i++) {
		captures[i].outcome = CAPTURE_DONE;
		captures[i].system_call = -1;
		captures[i].registers = (struct registers){
			{1, 2, 3, 4, 5, 6, 7, 0x7000, 8, 9, 10, 11, 12, 13, 14, 15, 0x401000}};
		captures[i].stack_address = 0x7000;
		captures[i].stack = (const uint8_t *)"\xab";
		captures[i].stack_length = 1;
	}
	return NULL;
}

static uint64_t fake_now(struct target *target)
{
	(void)target;
	return 7;
}

static const struct target_operations fake_operations = {
	.list_threads = fake_list,
	.thread_status = fake_status,
	.cpu_time = fake_cpu_time,
	.capture = fake_capture,
	.now = fake_now,
};

static void list(struct target *recorder)
{
	struct thread_array threads = {0};

	assert_success(target_list_threads(recorder, &threads));
	thread_array_deinit(&threads);
}

static void capture(struct target *recorder, uint64_t time, pid_t first, pid_t last)
{
	struct capture captures[2];

	for (pid_t id = first; id <= last; id++)
		captures[id - first] = (struct capture){.thread = id, .wish.own = 10};
	assert_success(target_capture(recorder, time, captures, (size_t)(last - first + 1)));
}

#define FAKE_ROUND   "round 7 9\nthread 42 R 5 one\n"
#define FAKE_CAPTURE "capture 42 " REGISTERS "\nstack 7000 ab\n"

/* A capture without its thread would make the whole recording unreadable. */
static void a_thread_that_ends_after_its_capture_is_left_out(void **state)
{
	struct target target = {&fake_operations,
		{.pid = 42, .name = (char[]){"tiny"}, .executable = (char[]){"/usr/bin/tiny"}}};
	CLEANUP(u8_array_deinit) struct u8_array saved = {0};
	struct target *recorder;

	(void)state;
	assert_success(recorder_create(&target, &recorder));
	list(recorder);
	capture(recorder, 1, 42, 43);
	list(recorder);
	capture(recorder, 1, 41, 42);
	list(recorder);
	save(recorder, &saved);
	assert_text(&saved, HEAD FAKE_ROUND FAKE_ROUND FAKE_CAPTURE FAKE_ROUND FAKE_CAPTURE);
	target_destroy(recorder);
}

/* No waiting in between: a further batch of the same round. */
static void captures_at_once_belong_to_the_round(void **state)
{
	struct target target = {&fake_operations,
		{.pid = 42, .name = (char[]){"tiny"}, .executable = (char[]){"/usr/bin/tiny"}}};
	CLEANUP(u8_array_deinit) struct u8_array saved = {0};
	struct target *recorder;

	(void)state;
	assert_success(recorder_create(&target, &recorder));
	capture(recorder, 0, 42, 42); /* of no round yet */
	list(recorder);
	capture(recorder, 1, 43, 43);
	list(recorder);
	capture(recorder, 0, 42, 43);
	list(recorder);
	list(recorder);
	save(recorder, &saved);
	assert_text(&saved, HEAD FAKE_ROUND FAKE_CAPTURE FAKE_ROUND FAKE_CAPTURE FAKE_ROUND);
	target_destroy(recorder);
}

static void a_recording_that_cannot_be_saved_is_told(void **state)
{
	struct target *target = parse(WHOLE, strlen(WHOLE)), *recorder;
	struct error *error;

	(void)state;
	assert_success(recorder_create(target, &recorder));
	error = recorder_save(recorder, "/nowhere/none/a.snapshot");
	assert_non_null(error);
	assert_int_equal(error->kind, ERROR_NOT_FOUND);
	error_destroy(error);
	target_destroy(recorder);
	target_destroy(target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recording_of_a_recording_is_the_same),
		cmocka_unit_test(names_that_look_like_lines_come_back),
		cmocka_unit_test(the_recorder_passes_everything_on),
		cmocka_unit_test(a_thread_that_ends_after_its_capture_is_left_out),
		cmocka_unit_test(captures_at_once_belong_to_the_round),
		cmocka_unit_test(a_recording_that_cannot_be_saved_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
