#include "../base/test_support.h"

#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#include "arch/agent.h"
#include "call/leftovers.h"

/* A process that is made of what a test says. */
static struct {
	const char *maps;
	const char *thread_name;
	uint64_t address; /* of what can be read */
	uint64_t bytes[2];
	uint64_t state, later_state; /* of limpet's thread: at the first look, and then */
	uint64_t thread_exit;
	int descriptors[LEFTOVERS_MAX + 4];
	size_t descriptor_count;
	char path[64]; /* that was asked for */
} process;

static struct error *list_threads(struct target *target, struct thread_array *ret)
{
	(void)target;
	return thread_array_append(ret, (struct thread){.id = 7});
}

static bool thread_status(struct target *target, pid_t thread, struct thread_status *ret)
{
	(void)target;
	*ret = (struct thread_status){.state = 'S', .inside = thread};
	strcpy(ret->name, process.thread_name);
	return true;
}

static struct error *list_mappings(struct target *target, struct mappings *ret)
{
	(void)target;
	return mappings_parse(cursor_over(process.maps, strlen(process.maps)), ret);
}

static size_t read_memory(struct target *target, uint64_t address, void *buffer, size_t length)
{
	struct agent_parameters parameters = {.thread_exit = process.thread_exit};
	uint64_t state = process.state;
	const struct {
		uint64_t offset;
		const void *bytes;
		size_t length;
	} parts[] = {
		{0, process.bytes, sizeof(process.bytes)},
		{AGENT_PARAMETERS, &parameters, sizeof(parameters)},
		{AGENT_BLOCK + offsetof(struct agent_block, state), &state, sizeof(state)},
	};

	(void)target;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (address == process.address + parts[i].offset && length == parts[i].length) {
			memcpy(buffer, parts[i].bytes, length);
			if (parts[i].bytes == &state)
				process.state = process.later_state;
			return length;
		}
	return 0;
}

static struct error *find_descriptors(
	struct target *target, const char *path, struct descriptor_array *ret)
{
	struct error *error = NULL;

	(void)target;
	strcpy(process.path, path);
	for (size_t i = 0; !error && i < process.descriptor_count; i++)
		error = descriptor_array_append(ret, process.descriptors[i]);
	return error;
}

static const struct target_operations operations = {
	.list_threads = list_threads,
	.thread_status = thread_status,
	.list_mappings = list_mappings,
	.read = read_memory,
	.find_descriptors = find_descriptors,
};

static struct leftovers find(void)
{
	struct target target = {.operations = &operations};
	struct leftovers found;

	assert_success(leftovers_find(&target, &found));
	return found;
}

static int set_up(void **state)
{
	(void)state;
	memset(&process, 0, sizeof(process));
	process.maps = "10000-11000 r-xp 00000000 00:00 0 \n"
		       "11000-a0000 rw-p 00000000 00:00 0 \n";
	process.thread_name = "program";
	process.address = 0x10000;
	process.bytes[0] = 0x10100;
	memcpy(&process.bytes[1], AGENT_NAME_TEXT, sizeof(process.bytes[1]));
	process.state = process.later_state = AGENT_STATE_READY;
	process.thread_exit = 1;
	return 0;
}

static void test_area_is_found(void **state)
{
	struct leftovers found = find();

	(void)state;
	assert_int_equal(found.area_count, 1);
	assert_int_equal(found.areas[0], 0x10000);
	assert_int_equal(found.descriptor_count, 0);
}

static void test_other_memory_is_left_alone(void **state)
{
	(void)state;
	process.bytes[0] = 0x11000; /* the entry is not in that page */
	assert_int_equal(find().area_count, 0);
	process.bytes[0] = 0x10100;
	process.bytes[1] ^= 1; /* another name */
	assert_int_equal(find().area_count, 0);
	process.bytes[1] ^= 1;
	process.maps = "10000-12000 r-xp 00000000 00:00 0 \n" /* too large */
		       "12000-a0000 rw-p 00000000 00:00 0 \n";
	assert_int_equal(find().area_count, 0);
	process.maps = "10000-11000 r-xp 00000000 00:00 0 \n"
		       "12000-a0000 rw-p 00000000 00:00 0 \n"; /* not behind it */
	assert_int_equal(find().area_count, 0);
	process.maps = "10000-11000 r-xp 00000000 00:00 0 \n"
		       "11000-9f000 rw-p 00000000 00:00 0 \n"; /* too small */
	assert_int_equal(find().area_count, 0);
	process.maps = "10000-11000 rwxp 00000000 00:00 0 \n"
		       "11000-a0000 rw-p 00000000 00:00 0 \n";
	assert_int_equal(find().area_count, 0);
	process.maps = "10000-11000 r-xp 00000000 00:00 0 \n"; /* the end of the list */
	assert_int_equal(find().area_count, 0);
}

static size_t areas_with(uint64_t state, uint64_t later, uint64_t thread_exit)
{
	process.state = state;
	process.later_state = later;
	process.thread_exit = thread_exit;
	return find().area_count;
}

static void test_thread_that_comes_or_goes_is_left_alone(void **state)
{
	const uint64_t none = AGENT_STATE_NONE, ready = AGENT_STATE_READY;
	const uint64_t leaving = AGENT_STATE_LEAVING;

	(void)state;
	assert_int_equal(areas_with(ready, ready, 1), 1);
	assert_int_equal(areas_with(none, none, 1), 0);
	assert_int_equal(areas_with(none, ready, 1), 0);
	assert_int_equal(areas_with(leaving, leaving, 1), 0);
	assert_int_equal(areas_with(ready, leaving, 1), 0);
	assert_int_equal(areas_with(leaving, leaving, 0), 1); /* who could take it away? */
}

static void test_limpet_at_work_minds_its_own(void **state)
{
	(void)state;
	process.thread_name = "limpet";
	process.descriptor_count = 1;
	assert_int_equal(find().area_count, 0);
	assert_int_equal(find().descriptor_count, 0);
}

static void test_no_more_are_taken_than_fit(void **state)
{
	struct call_order order = {0};
	struct leftovers found;

	(void)state;
	process.descriptor_count = LEFTOVERS_MAX + 4;
	for (int i = 0; i < LEFTOVERS_MAX + 4; i++)
		process.descriptors[i] = 500 + i;
	found = find();
	assert_string_equal(process.path, "/memfd:limpet-heap-dump (deleted)");
	assert_int_equal(found.descriptor_count, LEFTOVERS_MAX);
	leftovers_order(&found, &order);
	assert_int_equal(order.count, 1 + LEFTOVERS_MAX);
	assert_int_equal(order.items[0].number, SYS_munmap);
	assert_int_equal(order.items[0].arguments[0], 0x10000);
	assert_int_equal(order.items[0].arguments[1], AGENT_SIZE);
	assert_int_equal(order.items[1].number, SYS_close);
	assert_int_equal(order.items[1].arguments[0], 500);
	assert_int_equal(order.items[LEFTOVERS_MAX].arguments[0], 500 + LEFTOVERS_MAX - 1);
	call_order_deinit(&order);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_area_is_found, set_up),
		cmocka_unit_test_setup(test_other_memory_is_left_alone, set_up),
		cmocka_unit_test_setup(test_thread_that_comes_or_goes_is_left_alone, set_up),
		cmocka_unit_test_setup(test_limpet_at_work_minds_its_own, set_up),
		cmocka_unit_test_setup(test_no_more_are_taken_than_fit, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
