#include "../base/test_support.h"

#include <stdio.h>

#include "base/array.h"
#include "mapped_process.h"

/* Of a built file, in the page of its data. */
#define DATA_END (BUILT_DATA_ADDRESS + BUILT_DATA_MEMORY_SIZE - BUILT_DATA_PAGE)

static void dead_memory_is_behind_the_data(void **state)
{
	struct call_equipment equipment;

	(void)state;
	SET_CODE(add_file("/lib/libc.so.6", NULL, 0), NECESSARY);
	equipment = find_equipment();
	assert_int_equal(equipment.dead_memory, DATA(0) + DATA_END);
	assert_int_equal(equipment.dead_length, 0x1000 - DATA_END);
	assert_int_equal(call_equipment_time_places(&equipment).count, (0x1000 - DATA_END) / 64);
}

static struct mapped_file *add_ending(const char *path, uint64_t data_end)
{
	struct mapped_file *file = add_file(path, NULL, 0);

	built_segment(&file->bytes, 1)->p_memsz = BUILT_DATA_PAGE + data_end - BUILT_DATA_ADDRESS;
	SET_CODE(file, NECESSARY);
	return file;
}

static void assert_dead_memory(const struct call_equipment *equipment, uint64_t address)
{
	assert_int_equal(equipment->dead_memory, address);
	assert_int_equal(equipment->dead_length, address ? -address & 0xfff : 0);
}

static void dead_memory_is_aligned(void **state)
{
	static const struct {
		uint64_t end, dead; /* in the page of data; 0x1000: none */
	} rows[] = {{0xb00, 0xb00}, {0xb01, 0xb40}, {0xb3f, 0xb40}, {0xb40, 0xb40}, {0xb41, 0xb80},
		{0xfc0, 0xfc0}, {0xfc1, 0x1000}, {0xfff, 0x1000}, {0x1000, 0x1000}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct call_equipment equipment;

		mapped_process_set_up(state);
		add_ending("/lib/libc.so.6", rows[i].end);
		equipment = find_equipment();
		assert_dead_memory(&equipment, rows[i].dead < 0x1000 ? DATA(0) + rows[i].dead : 0);
		if (i + 1 < ARRAY_SIZE(rows))
			mapped_process_tear_down(state);
	}
}

static void the_longest_dead_memory_is_taken(void **state)
{
	struct call_equipment equipment;

	(void)state;
	add_ending("/bin/program", 0xc00);
	add_ending("/lib/libc.so.6", 0xa00);
	add_ending("/lib/liblast.so", 0xb00);
	equipment = find_equipment();
	assert_dead_memory(&equipment, DATA(1) + 0xa00);
}

/* The last segment in memory, wherever it is in the file. */
static void the_end_is_that_of_all_segments(void **state)
{
	struct call_equipment equipment;
	struct mapped_file *file = add_ending("/lib/libc.so.6", 0xc00);
	Elf64_Phdr text = *built_segment(&file->bytes, 0);

	(void)state;
	*built_segment(&file->bytes, 0) = *built_segment(&file->bytes, 1);
	*built_segment(&file->bytes, 1) = text;
	equipment = find_equipment();
	assert_dead_memory(&equipment, DATA(0) + 0xc00);
}

/* The loader of glibc makes its own allocator's memory of it. */
static void what_the_loader_uses_is_not_dead(void **state)
{
	static const char *const loaders[] = {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-2.31.so"};

	for (size_t i = 0; i < ARRAY_SIZE(loaders); i++) {
		struct call_equipment equipment;

		mapped_process_set_up(state);
		add_ending("/lib/libc.so.6", 0xc00);
		add_ending(loaders[i], 0xa00);
		equipment = find_equipment();
		assert_dead_memory(&equipment, DATA(0) + 0xc00);
		if (i + 1 < ARRAY_SIZE(loaders))
			mapped_process_tear_down(state);
	}
}

/* musl gives what is behind the data of every module to malloc(). */
static void with_musl_no_memory_is_dead(void **state)
{
	static const char *const libraries[] = {"/lib/ld-musl-x86_64.so.1",
		"/lib/libc.musl-x86_64.so.1", "/usr/lib/x86_64-linux-musl/libc.so"};

	for (size_t i = 0; i < ARRAY_SIZE(libraries); i++) {
		struct call_equipment equipment;

		mapped_process_set_up(state);
		add_ending("/bin/program", 0xa00);
		add_ending(libraries[i], 0xb00);
		equipment = find_equipment();
		assert_dead_memory(&equipment, 0);
		assert_int_equal(call_equipment_time_places(&equipment).count, 0);
		if (i + 1 < ARRAY_SIZE(libraries))
			mapped_process_tear_down(state);
	}
}

static void only_private_writable_memory_of_the_file_is_dead(void **state)
{
	static const struct data_mapping others[] = {
		{"r--p", 0x1000, NULL},
		{"-w-p", 0x1000, NULL},
		{"r-xp", 0x1000, NULL},
		{"rw-s", 0x1000, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		struct call_equipment equipment;

		mapped_process_set_up(state);
		SET_CODE(add_mapped_file("/lib/libc.so.6", NULL, 0, &others[i]), NECESSARY);
		equipment = find_equipment();
		assert_dead_memory(&equipment, 0);
		if (i + 1 < ARRAY_SIZE(others))
			mapped_process_tear_down(state);
	}
}

/* Somebody has mapped the code alone, once more: what is behind it is somebody else's. */
static void what_follows_a_mapping_of_code_alone_is_not_dead(void **state)
{
	static const struct data_mapping strangers[] = {
		{"rw-p", 0, ""},
		{"rw-p", 0, "[heap]"},
		{"rw-p", 0x1000, "/lib/other"},
		{"rw-p", 0x3000, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(strangers); i++) {
		struct call_equipment equipment;

		mapped_process_set_up(state);
		SET_CODE(add_mapped_file("/lib/libc.so.6", NULL, 0, &strangers[i]), NECESSARY);
		equipment = find_equipment();
		assert_dead_memory(&equipment, 0);
		if (i + 1 < ARRAY_SIZE(strangers))
			mapped_process_tear_down(state);
	}
}

/* The data goes on behind its bytes in the file: in the last page there is no file any more. */
static void dead_memory_may_be_without_a_file(void **state)
{
	struct call_equipment equipment;
	size_t used;

	(void)state;
	add_ending("/lib/libc.so.6", 0x3a40);
	used = strlen(process.maps);
	snprintf(process.maps + used, sizeof(process.maps) - used,
		"%llx-%llx rw-p 00000000 00:00 0 \n", DATA(0) + 0x1000, DATA(0) + 0x4000);
	equipment = find_equipment();
	assert_dead_memory(&equipment, DATA(0) + 0x3a40);
}

/* As some linkers make it: nothing of the last segment is in the file. */
static void data_without_bytes_may_be_a_segment_of_its_own(void **state)
{
	struct mapped_file *file = add_ending("/lib/libc.so.6", 0xfff);
	size_t used = strlen(process.maps);
	struct call_equipment equipment;

	(void)state;
	*built_segment(&file->bytes, 2) = (Elf64_Phdr){.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W,
		.p_vaddr = BUILT_DATA_PAGE + 0x1000,
		.p_memsz = 0x240};
	snprintf(process.maps + used, sizeof(process.maps) - used,
		"%llx-%llx rw-p 00000000 00:00 0 \n", DATA(0) + 0x1000, DATA(0) + 0x2000);
	equipment = find_equipment();
	assert_dead_memory(&equipment, DATA(0) + 0x1240);
}

static void what_is_not_mapped_is_not_dead(void **state)
{
	struct call_equipment equipment;

	(void)state;
	add_ending("/lib/libc.so.6", 0x3a40);
	equipment = find_equipment();
	assert_dead_memory(&equipment, 0);
}

static void places_for_times_are_the_end_of_the_dead_memory(void **state)
{
	static const struct {
		uint64_t memory;
		size_t length;
		uint64_t address;
		size_t count, room;
	} rows[] = {
		{0x5ff1, 15, 0x6000, 0, 15},
		{0x5ff0, 16, 0x5ff0, 1, 0},
		{0x5f90, 0x70, 0x5ff0, 1, 0x60},
		{0x5f00, 0x100, 0x5fc0, 4, 0xc0},
		{0x5000, 0x1000, 0x5e00, TIME_PLACES_MAX, 0xe00},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct call_equipment equipment = {
			.dead_memory = rows[i].memory, .dead_length = rows[i].length};
		const struct time_places places = call_equipment_time_places(&equipment);

		assert_int_equal(places.address, rows[i].address);
		assert_int_equal(places.count, rows[i].count);
		assert_int_equal(call_equipment_room(&equipment), rows[i].room);
	}
}

#define WITH_PROCESS(test)                                                                         \
	cmocka_unit_test_setup_teardown(test, mapped_process_set_up, mapped_process_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PROCESS(dead_memory_is_behind_the_data),
		WITH_PROCESS(dead_memory_is_aligned),
		WITH_PROCESS(the_longest_dead_memory_is_taken),
		WITH_PROCESS(the_end_is_that_of_all_segments),
		WITH_PROCESS(what_the_loader_uses_is_not_dead),
		WITH_PROCESS(with_musl_no_memory_is_dead),
		WITH_PROCESS(only_private_writable_memory_of_the_file_is_dead),
		WITH_PROCESS(what_follows_a_mapping_of_code_alone_is_not_dead),
		WITH_PROCESS(dead_memory_may_be_without_a_file),
		WITH_PROCESS(data_without_bytes_may_be_a_segment_of_its_own),
		WITH_PROCESS(what_is_not_mapped_is_not_dead),
		cmocka_unit_test(places_for_times_are_the_end_of_the_dead_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
