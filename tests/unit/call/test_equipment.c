#include "../base/test_support.h"

#include <unistd.h>

#include "base/array.h"
#include "call/agent_link.h"
#include "call/direct.h"
#include "mapped_process.h"

static void c_libraries_are_told_by_their_names(void **state)
{
	static const struct {
		const char *path;
		bool is;
	} rows[] = {
		{"/usr/lib/x86_64-linux-gnu/libc.so.6", true},
		{"/lib/libc-2.31.so", true},
		{"/lib/libpthread-2.31.so", true},
		{"/lib/libpthread.so.0", true},
		{"/lib/ld-musl-x86_64.so.1", true},
		{"/lib/libc.musl-x86_64.so.1", true},
		{"/usr/lib/x86_64-linux-musl/libc.so", true},
		{"libc.so.6", true},
		{"/lib/ld-linux-x86-64.so.2", false},
		{"/usr/lib/libcrypto.so.3", false},
		{"/usr/lib/libcap.so.2", false},
		{"/usr/lib/libpthreadpool.so", false},
		{"/libc.so.6/program", false},
		{"/opt/mylibc.so.6", false},
		{"[vdso]", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct module module = {.path = rows[i].path};

		if (is_c_library(&module) != rows[i].is)
			fail_msg("%s", rows[i].path);
	}
}

#define FUNCTION(name, offset)                                                                     \
	{                                                                                          \
		name, BUILT_TEXT_ADDRESS + (offset), 0x10, STT_FUNC, STB_GLOBAL, BUILT_TEXT, true  \
	}

static const struct built_symbol all_functions[] = {
	FUNCTION("__errno_location", 0x100),
	FUNCTION("wmemcpy", 0x110),
	FUNCTION("pthread_create", 0x130),
	FUNCTION("pthread_attr_init", 0x140),
	FUNCTION("pthread_attr_setstack", 0x150),
	FUNCTION("pthread_attr_setdetachstate", 0x160),
	FUNCTION("pthread_attr_destroy", 0x170),
	FUNCTION("labs", 0x180),
};
#define FUNCTION_COUNT ARRAY_SIZE(all_functions)

static void assert_functions_at(const struct call_equipment *equipment, uint64_t code)
{
	assert_int_equal(equipment->functions.errno_location, code + 0x100);
	assert_int_equal(equipment->functions.copy_words, code + 0x110);
	assert_int_equal(equipment->pthread_create, code + 0x130);
	assert_int_equal(equipment->attribute_init, code + 0x140);
	assert_int_equal(equipment->attribute_set_stack, code + 0x150);
	assert_int_equal(equipment->attribute_set_detached, code + 0x160);
	assert_int_equal(equipment->attribute_destroy, code + 0x170);
}

/* A program, and a library that wraps them, with functions of these names. */
static void functions_are_those_of_the_c_library(void **state)
{
	struct call_equipment equipment;

	(void)state;
	add_file("/bin/program", all_functions, FUNCTION_COUNT);
	SET_CODE(add_file("/lib/libc.so.6", all_functions, FUNCTION_COUNT), NECESSARY);
	add_file("/lib/libwrapper.so", all_functions, FUNCTION_COUNT);
	equipment = find_equipment();
	assert_functions_at(&equipment, CODE(1));
}

/* Up to glibc 2.33. */
static void a_c_library_may_be_two_files(void **state)
{
	struct call_equipment equipment;

	(void)state;
	add_file("/bin/program", all_functions, FUNCTION_COUNT);
	SET_CODE(add_file("/lib/libc-2.31.so", all_functions, 2), NECESSARY);
	add_file("/lib/libpthread-2.31.so", all_functions + 2, FUNCTION_COUNT - 2);
	equipment = find_equipment();
	assert_int_equal(equipment.functions.errno_location, CODE(1) + 0x100);
	assert_int_equal(equipment.functions.copy_words, CODE(1) + 0x110);
	assert_int_equal(equipment.pthread_create, CODE(2) + 0x130);
	assert_int_equal(equipment.attribute_destroy, CODE(2) + 0x170);
}

static void a_program_may_have_it_built_in(void **state)
{
	struct call_equipment equipment;

	(void)state;
	add_file("/lib/plugin.so", NULL, 0);
	SET_CODE(add_file("/bin/static", all_functions, FUNCTION_COUNT), NECESSARY);
	equipment = find_equipment();
	assert_functions_at(&equipment, CODE(1));
}

static const char hint[] =
	"a program that is linked statically has no more of the C library than it uses itself, and "
	"nothing that could be found when it is stripped";

/* Linked statically, a program has what it uses. */
static void the_function_that_is_missing_is_told(void **state)
{
	struct call_equipment equipment;

	(void)state;
	SET_CODE(add_file("/bin/static", all_functions + 2, 2), NECESSARY);
	equipment = find_equipment();
	assert_error(agent_link_check(getpid(), &equipment), ERROR_UNSUPPORTED,
		"limpet finds no pthread_attr_setstack() in the process, to start a thread of its "
		"own with",
		hint);
}

/* Of musl's, what its attributes are is known. */
static void a_program_with_musl_built_in_needs_no_functions_for_attributes(void **state)
{
	const struct built_symbol symbols[] = {all_functions[0], all_functions[2],
		{"__synccall", BUILT_TEXT_ADDRESS + 0x190, 0x10, STT_FUNC, STB_LOCAL, BUILT_TEXT,
			false}};
	struct call_equipment equipment;

	(void)state;
	SET_CODE(add_file("/bin/musl", symbols, 3), NECESSARY STORE);
	equipment = find_equipment();
	assert_true(equipment.has_musl_built_in);
	assert_int_equal(equipment.own_signals, 1ULL << 33);
	assert_success(agent_link_check(getpid(), &equipment));
}

static void what_the_c_library_lacks_is_not_looked_for_elsewhere(void **state)
{
	struct call_equipment equipment;

	(void)state;
	add_file("/bin/program", all_functions, FUNCTION_COUNT);
	SET_CODE(add_file("/lib/libc.so.6", all_functions + 1, 1), NECESSARY);
	equipment = find_equipment();
	assert_int_equal(equipment.functions.errno_location, 0);
	assert_int_equal(equipment.functions.copy_words, CODE(1) + 0x110);
	assert_int_equal(equipment.pthread_create, 0);
	assert_int_equal(equipment.attribute_init, 0);
	assert_int_equal(equipment.attribute_set_stack, 0);
	assert_int_equal(equipment.attribute_set_detached, 0);
	assert_int_equal(equipment.attribute_destroy, 0);
}

static void a_c_library_that_cannot_be_opened_has_no_functions(void **state)
{
	struct call_equipment equipment;
	struct mapped_file *library;

	(void)state;
	add_file("/bin/program", all_functions, FUNCTION_COUNT);
	library = add_file("/lib/libc.so.6", all_functions, FUNCTION_COUNT);
	SET_CODE(library, NECESSARY);
	u8_array_deinit(&library->bytes);
	equipment = find_equipment();
	assert_int_equal(equipment.functions.errno_location, 0);
	assert_int_equal(equipment.pthread_create, 0);
	assert_int_equal(equipment.gadgets.system_call, CODE(1));
}

/* Of a file, as much may be mapped as somebody likes. */
static void a_function_that_is_not_mapped_is_none(void **state)
{
	static const struct built_symbol symbols[] = {
		{"pthread_attr_init", BUILT_TEXT_ADDRESS - 1, 1, STT_FUNC, STB_GLOBAL, BUILT_TEXT,
			true},
		{"wmemcpy", BUILT_TEXT_ADDRESS + 0x1000, 1, STT_FUNC, STB_GLOBAL, BUILT_TEXT, true},
		{"pthread_create", BUILT_TEXT_ADDRESS, 1, STT_FUNC, STB_GLOBAL, BUILT_TEXT, true},
		{"__errno_location", BUILT_TEXT_ADDRESS + 0xfff, 1, STT_FUNC, STB_GLOBAL,
			BUILT_TEXT, true},
	};
	struct call_equipment equipment;

	(void)state;
	SET_CODE(add_file("/lib/libc.so.6", symbols, ARRAY_SIZE(symbols)), NECESSARY);
	equipment = find_equipment();
	assert_int_equal(equipment.attribute_init, 0);
	assert_int_equal(equipment.functions.copy_words, 0);
	assert_int_equal(equipment.pthread_create, CODE(0));
	assert_int_equal(equipment.functions.errno_location, CODE(0) + 0xfff);
}

static void the_c_library_has_the_first_say_on_code(void **state)
{
	struct call_gadgets gadgets;

	(void)state;
	SET_CODE(add_file("/bin/program", NULL, 0),
		SYSTEM_CALL CALL_SIGNAL_RETURN STORE THREAD_EXIT);
	SET_CODE(add_file("/lib/libc.so.6", NULL, 0),
		"\x90" SYSTEM_CALL CALL_SIGNAL_RETURN STORE THREAD_EXIT);
	gadgets = find_equipment().gadgets;
	assert_int_equal(gadgets.system_call, CODE(1) + 1);
	assert_int_equal(gadgets.signal_return, CODE(1) + 4);
	assert_int_equal(gadgets.store, CODE(1) + 13);
	assert_int_equal(gadgets.thread_exit, CODE(1) + 19);
}

static void the_rest_of_the_code_is_found_elsewhere(void **state)
{
	struct call_gadgets gadgets;

	(void)state;
	SET_CODE(add_file("/bin/program", NULL, 0), "\x90" STORE);
	SET_CODE(add_file("/lib/libc.so.6", NULL, 0), SYSTEM_CALL);
	SET_CODE(add_file("/lib/libother.so", NULL, 0), STORE CALL_SIGNAL_RETURN);
	gadgets = find_equipment().gadgets;
	assert_int_equal(gadgets.system_call, CODE(1));
	assert_int_equal(gadgets.store, CODE(0) + 1);
	assert_int_equal(gadgets.signal_return, CODE(2) + 4);
	assert_int_equal(gadgets.thread_exit, 0);
}

/* However much has been found already. */
static void every_piece_of_code_is_looked_for(void **state)
{
	static const struct {
		const char *code, *rest;
		size_t length, rest_length;
	} rows[] = {
#define ROW(code, rest) {code, rest, sizeof(code) - 1, sizeof(rest) - 1}
		ROW(CALL_SIGNAL_RETURN STORE THREAD_EXIT, SYSTEM_CALL),
		ROW(SYSTEM_CALL STORE THREAD_EXIT, CALL_SIGNAL_RETURN),
		ROW(SYSTEM_CALL CALL_SIGNAL_RETURN THREAD_EXIT, STORE),
		ROW(SYSTEM_CALL CALL_SIGNAL_RETURN STORE, THREAD_EXIT),
#undef ROW
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct call_gadgets gadgets;

		mapped_process_set_up(state);
		set_code(add_file("/lib/libc.so.6", NULL, 0), rows[i].code, rows[i].length);
		set_code(add_file("/lib/libother.so", NULL, 0), rows[i].rest, rows[i].rest_length);
		gadgets = find_equipment().gadgets;
		assert_true(gadgets.system_call && gadgets.signal_return && gadgets.store &&
			    gadgets.thread_exit);
		if (i + 1 < ARRAY_SIZE(rows))
			mapped_process_tear_down(state);
	}
}

/* Code made at run time changes without notice. */
static void only_code_of_files_is_used(void **state)
{
	struct call_gadgets gadgets;

	(void)state;
	SET_CODE(add_file("/memfd:jit", NULL, 0), STORE THREAD_EXIT);
	u8_array_deinit(&process.files[0].bytes);
	SET_CODE(add_file("", NULL, 0), STORE THREAD_EXIT);
	SET_CODE(add_file("/lib/libc.so.6", NULL, 0), NECESSARY);
	gadgets = find_equipment().gadgets;
	assert_int_equal(gadgets.system_call, CODE(2));
	assert_int_equal(gadgets.store, 0);
	assert_int_equal(gadgets.thread_exit, 0);
}

#define NO_CODE "the code of process 4242 has no 'syscall; ret' or no signal return to start from"

static void there_must_be_code_to_start_from(void **state)
{
	static const struct {
		const char *code;
		size_t length;
	} rows[] = {
		{"", 0},
		{SYSTEM_CALL STORE THREAD_EXIT, sizeof(SYSTEM_CALL STORE THREAD_EXIT) - 1},
		{CALL_SIGNAL_RETURN STORE, sizeof(CALL_SIGNAL_RETURN STORE) - 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		mapped_process_set_up(state);
		set_code(add_file("/lib/libc.so.6", NULL, 0), rows[i].code, rows[i].length);
		assert_no_equipment(ERROR_UNSUPPORTED, NO_CODE);
		if (i + 1 < ARRAY_SIZE(rows))
			mapped_process_tear_down(state);
	}
}

static void without_modules_there_is_nothing(void **state)
{
	(void)state;
	strcpy(process.maps, "10000000-10001000 r--p 00000000 08:01 7 /a\n");
	assert_no_equipment(ERROR_UNSUPPORTED, NO_CODE);
}

static void code_of_any_length_is_not_copied(void **state)
{
	(void)state;
	process.count = 1;
	process.files[0].path = "/lib/libc.so.6";
	SET_CODE(&process.files[0], NECESSARY);
	strcpy(process.maps, "10001000-14002000 r-xp 00001000 08:01 7 /lib/libc.so.6\n");
	assert_no_equipment(ERROR_UNSUPPORTED, NO_CODE);
	assert_int_equal(process.longest_read, 0);
}

static void a_process_that_ends_is_an_error(void **state)
{
	struct call_equipment equipment = {.dead_memory = 77};

	(void)state;
	SET_CODE(add_file("/lib/libc.so.6", NULL, 0), NECESSARY);
	update_modules();
	*process.maps = '\0';
	assert_error(call_equipment_find(&process.target, process.modules, &equipment), ERROR_GONE,
		"process 4242 is gone", NULL);
	assert_int_equal(equipment.dead_memory, 77);
}

#define WITH_PROCESS(test)                                                                         \
	cmocka_unit_test_setup_teardown(test, mapped_process_set_up, mapped_process_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c_libraries_are_told_by_their_names),
		WITH_PROCESS(functions_are_those_of_the_c_library),
		WITH_PROCESS(a_c_library_may_be_two_files),
		WITH_PROCESS(a_program_may_have_it_built_in),
		WITH_PROCESS(the_function_that_is_missing_is_told),
		WITH_PROCESS(a_program_with_musl_built_in_needs_no_functions_for_attributes),
		WITH_PROCESS(what_the_c_library_lacks_is_not_looked_for_elsewhere),
		WITH_PROCESS(a_c_library_that_cannot_be_opened_has_no_functions),
		WITH_PROCESS(a_function_that_is_not_mapped_is_none),
		WITH_PROCESS(the_c_library_has_the_first_say_on_code),
		WITH_PROCESS(the_rest_of_the_code_is_found_elsewhere),
		WITH_PROCESS(every_piece_of_code_is_looked_for),
		WITH_PROCESS(only_code_of_files_is_used),
		WITH_PROCESS(there_must_be_code_to_start_from),
		WITH_PROCESS(without_modules_there_is_nothing),
		WITH_PROCESS(code_of_any_length_is_not_copied),
		WITH_PROCESS(a_process_that_ends_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
