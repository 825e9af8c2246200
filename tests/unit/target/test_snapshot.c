#include "../base/test_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "snapshot_text.h"
#include "target/snapshot.h"

static struct target *parse(const char *text)
{
	struct target *target = NULL;

	assert_success(snapshot_parse(text, strlen(text), ".", &target));
	return target;
}

static void it_says_whom_it_shows(void **state)
{
	struct target *target = parse(WHOLE);

	(void)state;
	assert_int_equal(target->identity.pid, 42);
	assert_string_equal(target->identity.name, "tiny");
	assert_string_equal(target->identity.executable, "/usr/bin/tiny");
	target_destroy(target);
}

static void assert_threads(struct target *target, const struct thread *expected, size_t count)
{
	CLEANUP(thread_array_deinit) struct thread_array threads = {0};

	assert_success(target_list_threads(target, &threads));
	assert_int_equal(threads.count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(threads.items[i].id, expected[i].id);
		assert_int_equal(threads.items[i].cpu_time, expected[i].cpu_time);
	}
}

static void assert_cpu_time(struct target *target, uint64_t expected)
{
	uint64_t time;

	assert_success(target_cpu_time(target, &time));
	assert_int_equal(time, expected);
}

/* Waiting, whatever for, goes on to the next round. */
static void rounds_follow_each_other(void **state)
{
	struct target *target = parse(WHOLE);

	(void)state;
	assert_int_equal(target_now(target), 1000);
	assert_cpu_time(target, 50);
	assert_threads(target, (struct thread[]){{42, 40, 0}}, 1);
	assert_success(target_wait_until(target, 1));
	assert_int_equal(target_now(target), 2000);
	assert_cpu_time(target, 150);
	assert_threads(target, (struct thread[]){{42, 120, 0}, {43, 30, 0}}, 2);
	assert_success(target_wait_until(target, 1000000));
	assert_int_equal(target_now(target), 3000);
	assert_cpu_time(target, 160);
	assert_threads(target, (struct thread[]){{43, 30, 0}}, 1);
	for (int i = 0; i < 2; i++)
		assert_error(target_wait_until(target, 0), ERROR_GONE,
			"the recording of process 42 (tiny) is over", NULL);
	assert_int_equal(target_now(target), 3000);
	target_destroy(target);
}

static void threads_have_a_name_and_a_state(void **state)
{
	struct target *target = parse(WHOLE);
	struct thread_status status;

	(void)state;
	assert_true(target_thread_status(target, 42, &status));
	assert_string_equal(status.name, "tiny");
	assert_int_equal(status.state, 'R');
	assert_int_equal(status.system_call, -1);
	assert_false(target_thread_status(target, 43, &status));
	assert_success(target_wait_until(target, 0));
	assert_true(target_thread_status(target, 43, &status));
	assert_string_equal(status.name, "worker one");
	assert_int_equal(status.state, 'S');
	target_destroy(target);
}

static void captures_are_those_of_the_round(void **state)
{
	struct target *target = parse(WHOLE);
	struct capture captures[3] = {{.thread = 42, .wish.own = 100},
		{.thread = 43, .wish.own = 100}, {.thread = 44, .wish.own = 100}};

	(void)state;
	assert_success(target_capture(target, 0, captures, 2));
	assert_int_equal(captures[0].outcome, CAPTURE_ASLEEP);
	assert_int_equal(captures[1].outcome, CAPTURE_THREAD_GONE);
	/* A time to wait for: the next round. */
	assert_success(target_capture(target, 1500, captures, 3));
	assert_int_equal(target_now(target), 2000);
	assert_int_equal(captures[0].outcome, CAPTURE_DONE);
	assert_int_equal(captures[0].system_call, 202);
	assert_int_equal(captures[1].outcome, CAPTURE_ASLEEP);
	assert_int_equal(captures[2].outcome, CAPTURE_THREAD_GONE);
	assert_memory_equal(captures[0].registers.values,
		((uint64_t[REGISTER_COUNT]){
			1, 2, 3, 4, 5, 6, 7, 0x7000, 8, 9, 10, 11, 12, 13, 14, 15, 0x401000}),
		sizeof(captures[0].registers.values));
	assert_int_equal(captures[0].stack_address, 0x6f80);
	assert_int_equal(captures[0].stack_length, 3);
	assert_memory_equal(captures[0].stack, "\x00\xff\x10", 3);
	assert_int_equal(captures[0].others[0].length, 0);
	captures[0].wish.own = 2;
	captures[0].wish.other = 2;
	assert_success(target_capture(target, 0, captures, 1));
	assert_int_equal(captures[0].stack_length, 2);
	assert_int_equal(captures[0].others[0].address, 0xc000);
	assert_int_equal(captures[0].others[0].length, 2);
	assert_memory_equal(captures[0].others[0].bytes, "\xab\xcd", 2);
	assert_int_equal(captures[0].others[1].address, 0xd000);
	assert_int_equal(captures[0].others[1].length, 1);
	assert_success(target_capture(target, 2500, captures, 1));
	assert_int_equal(captures[0].outcome, CAPTURE_THREAD_GONE);
	assert_error(target_capture(target, 3500, captures, 1), ERROR_GONE,
		"the recording of process 42 (tiny) is over", NULL);
	target_destroy(target);
}

static void mappings_are_copied(void **state)
{
	struct target *target = parse(WHOLE);
	struct mappings mappings = {0};

	(void)state;
	assert_success(target_list_mappings(target, &mappings));
	target_destroy(target);
	assert_int_equal(mappings.list.count, 2);
	assert_int_equal(mappings.list.items[0].start, 0x401000);
	assert_int_equal(mappings.list.items[0].end, 0x402000);
	assert_int_equal(mappings.list.items[0].offset, 0x1000);
	assert_int_equal(mappings.list.items[0].inode, 7);
	assert_true(mappings.list.items[0].executable);
	assert_string_equal(mappings.list.items[0].path, "/usr/bin/tiny");
	assert_string_equal(mappings.list.items[1].path, "[vdso]");
	mappings_deinit(&mappings);
}

static void build_ids_are_those_of_mappings(void **state)
{
	struct target *target = parse(HEAD "build-id 401000 00ffab\n"
					   "build-id 501000 12\n"
					   "round 1 0\n");

	(void)state;
	assert_string_equal(
		target_build_id(target, &(struct mapping){.start = 0x401000}), "00ffab");
	assert_string_equal(target_build_id(target, &(struct mapping){.start = 0x501000}), "12");
	assert_string_equal(target_build_id(target, &(struct mapping){.start = 0x401001}), "");
	target_destroy(target);
}

static void what_a_recording_cannot_do_is_refused(void **state)
{
	struct target *target = parse(WHOLE);
	struct seccomp_filters filters;
	struct borrow borrow = {0};
	char byte = 77;

	(void)state;
	assert_error(target_open_memory(target, &(int){-1}), ERROR_UNSUPPORTED,
		"cannot write memory: 'tiny' is a recording, not a live process", NULL);
	assert_error(target_borrow(target, &borrow), ERROR_UNSUPPORTED,
		"cannot call a function: 'tiny' is a recording, not a live process", NULL);
	assert_error(target_seccomp_filters(target, 1, &filters), ERROR_UNSUPPORTED,
		"cannot read seccomp filters: 'tiny' is a recording, not a live process", NULL);
	assert_int_equal(target_read(target, 0x401000, &byte, 1), 0);
	assert_int_equal(byte, 77);
	target_destroy(target);
}

/* A directory with a snapshot and a file of the mapping's name beside it. */
struct fixture {
	char directory[64];
	char snapshot[96];
	char file[96];
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	snprintf(fixture->directory, sizeof(fixture->directory), "%s/limpet-XXXXXX",
		getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	assert_non_null(mkdtemp(fixture->directory));
	snprintf(fixture->snapshot, sizeof(fixture->snapshot), "%s/a.snapshot", fixture->directory);
	snprintf(fixture->file, sizeof(fixture->file), "%s/tiny", fixture->directory);
	assert_success(file_write(fixture->snapshot, WHOLE, strlen(WHOLE), 0600));
	assert_success(file_write(fixture->file, "beside", 6, 0600));
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	unlink(fixture->file);
	unlink(fixture->snapshot);
	rmdir(fixture->directory);
	free(fixture);
	return 0;
}

static void files_are_looked_for_beside_the_snapshot(void **state)
{
	struct fixture *fixture = *state;
	struct mapping mapping = {.path = (char[]){"/usr/bin/tiny"}};
	struct target *target;
	char text[16] = "";
	int fd = -1;

	assert_success(snapshot_open(fixture->snapshot, &target));
	assert_success(target_open_mapping(target, &mapping, &fd));
	assert_int_equal(read(fd, text, sizeof(text)), 6);
	assert_string_equal(text, "beside");
	close(fd);
	fd = 77;
	mapping.path = (char[]){"/nowhere/none"};
	assert_error(target_open_mapping(target, &mapping, &fd), ERROR_NOT_FOUND,
		"cannot open '/nowhere/none': No such file or directory", NULL);
	mapping.path = (char[]){"[vdso]"};
	assert_error(target_open_mapping(target, &mapping, &fd), ERROR_NOT_FOUND,
		"no file behind '[vdso]'", NULL);
	assert_int_equal(fd, 77);
	/* Its own path, if there is none beside. */
	mapping.path = (char[]){"/proc/self/status"};
	assert_success(target_open_mapping(target, &mapping, &fd));
	close(fd);
	target_destroy(target);
}

static void a_file_that_is_no_snapshot_is_named(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *message = NULL;
	struct target *target;

	assert_true(asprintf(&message, "'%s': not a snapshot of limpet's", fixture->file) > 0);
	assert_error(snapshot_open(fixture->file, &target), ERROR_MALFORMED, message, NULL);
}

static void names_are_unescaped(void **state)
{
	struct target *target = parse("limpet-snapshot 1\n"
				      "process 1 a\\040b\\134\\012 /usr/bin/a\\040(deleted)\n"
				      "round 1 1\n"
				      "thread 1 R 0 \\040x\\999\\12\n"
				      "thread 2 R 0 \\000\n"
				      "thread 3 R 0\n"
				      "thread 4 R 0 0123456789abcdefgh\n"
				      "thread 5 R 0 a b\n");
	static const char *const names[] = {" x\\999\\12", "", "", "0123456789abcde", "a b"};

	(void)state;
	assert_string_equal(target->identity.name, "a b\\\n");
	assert_string_equal(target->identity.executable, "/usr/bin/a (deleted)");
	for (int i = 0; i < 5; i++) {
		struct thread_status status;

		assert_true(target_thread_status(target, i + 1, &status));
		assert_string_equal(status.name, names[i]);
	}
	target_destroy(target);
}

static void a_process_without_an_executable_is_fine(void **state)
{
	struct target *target = parse("limpet-snapshot 1\nprocess 1 a\nround 1 1");

	(void)state;
	assert_string_equal(target->identity.name, "a");
	assert_string_equal(target->identity.executable, "");
	target_destroy(target);
}

#define NO_SNAPSHOT "not a snapshot of limpet's"
#define MISSING     "the snapshot has no process or no round"
#define ROUND       HEAD "round 1 1\nthread 42 R 0 tiny\n"
#define CAPTURE     ROUND "capture 42 " REGISTERS "\n"

static const struct {
	const char *text;
	const char *message;
} malformed[] = {
	{"", NO_SNAPSHOT},
	{"limpet-snapshot 2\nprocess 1 a\nround 1 1\n", NO_SNAPSHOT},
	{"limpet-snapshot 1 \nprocess 1 a\nround 1 1\n", NO_SNAPSHOT},
	{"\nlimpet-snapshot 1\nprocess 1 a\nround 1 1\n", NO_SNAPSHOT},
	{"limpet-snapshot 1\n", MISSING},
	{HEAD, MISSING},
	{"limpet-snapshot 1\nround 1 1\n", MISSING},
	{HEAD "build-id 401000\n", "line 3: expected an address and a build id"},
	{HEAD "build-id 401000 \n", "line 3: expected an address and a build id"},
	{HEAD "build-id 401000 0x12\n", "line 3: expected a build id in hexadecimal"},
	{HEAD "nonsense\n", "line 3: expected process, mapping, build-id, round, thread, capture, "
			    "stack or other"},
	{HEAD "\n#\nround\n", "line 5: expected process, mapping, build-id, round, thread, "
			      "capture, stack or other"},
	{ROUND "other 1 00\n", "line 5: expected no more than 3 other stacks, after a stack"},
	{CAPTURE "other 1 00\n", "line 6: expected no more than 3 other stacks, after a stack"},
	{CAPTURE "stack 1 00\nother 1 0\n", "line 7: expected an even number of digits"},
	{CAPTURE "stack 1 00\nother 1 00\nother 1 00\nother 1 00\nother 1 00\n",
		"line 10: expected no more than 3 other stacks, after a stack"},
	{HEAD "process 43 b /b\n", "line 3: expected PID NAME EXECUTABLE, once"},
	{"limpet-snapshot 1\nprocess x a b\n", "line 2: expected PID NAME EXECUTABLE, once"},
	{"limpet-snapshot 1\nprocess 2147483648 a b\n",
		"line 2: expected PID NAME EXECUTABLE, once"},
	{"limpet-snapshot 1\nprocess 1\n", "line 2: expected PID NAME EXECUTABLE, once"},
	{"limpet-snapshot 1\nprocess 1 \n", "line 2: expected PID NAME EXECUTABLE, once"},
	{HEAD "mapping \n", "line 3: expected a line of a maps file"},
	{HEAD "mapping 401000-402000\n", "line 3: expected a line of a maps file"},
	{HEAD "mapping 402000-403000 r-xp 00001000 08:01 7 /a\n"
	      "mapping 401000-402001 r-xp 00001000 08:01 7 /a\n",
		"line 4: expected an address above the mapping before"},
	{HEAD "round x 1\n", "line 3: expected TIME CPU-TIME"},
	{HEAD "round 1\n", "line 3: expected TIME CPU-TIME"},
	{HEAD "round 1 -1\n", "line 3: expected TIME CPU-TIME"},
	{HEAD "round 1 1 1\n", "line 3: expected TIME CPU-TIME"},
	{HEAD "round 9223372036854775808 1\n", "line 3: expected TIME CPU-TIME"},
	{HEAD "round 1 9223372036854775808\n", "line 3: expected TIME CPU-TIME"},
	{HEAD "round 2 1\nround 1 1\n",
		"line 4: expected a time not before that of the round before"},
	{HEAD "thread 42 R 0 tiny\n", "line 3: expected ID STATE CPU-TIME NAME, in a round"},
	{HEAD "round 1 1\nthread x R 0 tiny\n",
		"line 4: expected ID STATE CPU-TIME NAME, in a round"},
	{HEAD "round 1 1\nthread 42 R tiny\n",
		"line 4: expected ID STATE CPU-TIME NAME, in a round"},
	{HEAD "round 1 1\nthread 42\n", "line 4: expected ID STATE CPU-TIME NAME, in a round"},
	{HEAD "round 1 1\nthread 42 R 9223372036854775808 tiny\n",
		"line 4: expected ID STATE CPU-TIME NAME, in a round"},
	{HEAD "capture 42 " REGISTERS "\n", "line 3: expected the ID of a thread of the round"},
	{ROUND "capture 43 " REGISTERS "\n", "line 5: expected the ID of a thread of the round"},
	{ROUND "round 2 2\ncapture 42 " REGISTERS "\n",
		"line 6: expected the ID of a thread of the round"},
	{ROUND "capture 42\n", "line 5: expected 17 registers"},
	{ROUND "capture 42 1 2 3 4 5 6 7 8 9 a b c d e f 10\n", "line 5: expected 17 registers"},
	{ROUND "capture 42 " REGISTERS " 1\n", "line 5: expected nothing more, or `call NUMBER`"},
	{ROUND "capture 42 " REGISTERS " x\n", "line 5: expected nothing more, or `call NUMBER`"},
	{ROUND "capture 42 " REGISTERS " call\n",
		"line 5: expected nothing more, or `call NUMBER`"},
	{ROUND "capture 42 " REGISTERS " call x\n",
		"line 5: expected nothing more, or `call NUMBER`"},
	{ROUND "capture 42 " REGISTERS " call 1 2\n",
		"line 5: expected nothing more, or `call NUMBER`"},
	{ROUND "capture 42 " REGISTERS " call 4294967296\n",
		"line 5: expected nothing more, or `call NUMBER`"},
	{ROUND "stack 7000 00\n", "line 5: expected ADDRESS BYTES, after a capture"},
	{CAPTURE "stack x 00\n", "line 6: expected ADDRESS BYTES, after a capture"},
	{CAPTURE "stack 7000 00\nstack 8000 00\n",
		"line 7: expected ADDRESS BYTES, after a capture"},
	{CAPTURE "thread 43 R 0 x\nstack 7000 00\n",
		"line 7: expected ADDRESS BYTES, after a capture"},
	{CAPTURE "stack 7000 0\n", "line 6: expected an even number of digits"},
	{CAPTURE "stack 7000 00f\n", "line 6: expected an even number of digits"},
	{CAPTURE "stack 7000 00 f\n", "line 6: expected hexadecimal bytes"},
	{CAPTURE "stack 7000 0G\n", "line 6: expected hexadecimal bytes"},
	{CAPTURE "stack 7000 00FF\n", "line 6: expected hexadecimal bytes"},
};

static void malformed_lines_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		struct target *target;

		assert_error(
			snapshot_parse(malformed[i].text, strlen(malformed[i].text), ".", &target),
			ERROR_MALFORMED, malformed[i].message, NULL);
	}
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_whom_it_shows),
		cmocka_unit_test(rounds_follow_each_other),
		cmocka_unit_test(threads_have_a_name_and_a_state),
		cmocka_unit_test(captures_are_those_of_the_round),
		cmocka_unit_test(mappings_are_copied),
		cmocka_unit_test(build_ids_are_those_of_mappings),
		cmocka_unit_test(what_a_recording_cannot_do_is_refused),
		IN_DIRECTORY(files_are_looked_for_beside_the_snapshot),
		IN_DIRECTORY(a_file_that_is_no_snapshot_is_named),
		cmocka_unit_test(names_are_unescaped),
		cmocka_unit_test(a_process_without_an_executable_is_fine),
		cmocka_unit_test(malformed_lines_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
