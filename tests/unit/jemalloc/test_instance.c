#include "../base/test_support.h"

#include <jemalloc/jemalloc.h>
#include <stdlib.h>

#include "../elf/elf_builder.h"
#include "../unwind/capture.h"
#include "base/cleanup.h"
#include "jemalloc/instance.h"
#include "jemalloc/instance_search.h"

static void the_variable_follows_from_the_prefix(void **state)
{
	static const struct {
		const char *prefix, *variable;
	} cases[] = {
		{"", "MALLOC_CONF"},
		{"je_", "JE_MALLOC_CONF"},
		{"je", "JEMALLOC_CONF"},
		{"_rjem_", "_RJEM_MALLOC_CONF"},
		{"my_9", "MY_9MALLOC_CONF"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(cleanup_free) char *prefix = strdup(cases[i].prefix);
		const struct jemalloc_instance instance = {.prefix = prefix};
		CLEANUP(cleanup_free) char *variable = jemalloc_variable(&instance);

		assert_string_equal(variable, cases[i].variable);
	}
}

static void the_library_of_this_process_is_found(void **state)
{
	struct module_table *modules = capture_modules();
	struct jemalloc_instances instances = {0};

	(void)state;
	assert_success(jemalloc_find_instances(modules, &instances));
	assert_int_equal(instances.count, 1);
	assert_string_equal(instances.items[0].prefix, "");
	assert_non_null(strstr(instances.items[0].path, "/libjemalloc.so.2"));
	assert_int_equal(instances.items[0].mallctl, (uint64_t)(uintptr_t)mallctl);
	jemalloc_instances_free(&instances);
	module_table_destroy(modules);
}

/* Files that are mapped one after the other. */
#define FIRST  0x10001000ULL
#define SECOND 0x20001000ULL

struct files {
	struct u8_array first, second;
};

static struct error *open_file(void *context, const struct mapping *mapping, int *ret_fd)
{
	const struct files *files = context;

	if (strcmp(mapping->path, "/third") == 0)
		return error_create(ERROR_NOT_FOUND, "not there");
	*ret_fd = file_of(strcmp(mapping->path, "/first") == 0 ? &files->first : &files->second);
	return NULL;
}

static struct module_table *map(struct files *files)
{
	static const char maps[] = "10001000-10001800 r-xp 00001000 08:01 7 /first\n"
				   "20001000-20001800 r-xp 00001000 08:01 8 /second\n"
				   "30001000-30002000 r-xp 00001000 08:01 9 /third\n"
				   "40001000-40002000 r-xp 00000000 00:00 0 \n";
	CLEANUP(mappings_deinit) struct mappings mappings = {0};
	struct module_table *modules;
	bool changed;

	assert_success(mappings_parse(cursor_over(maps, strlen(maps)), &mappings));
	assert_success(module_table_create(
		(struct module_opener){.open = open_file, .context = files}, &modules));
	assert_success(module_table_update(modules, &mappings, &changed));
	return modules;
}

#define FUNCTION(name, offset)                                                                     \
	{                                                                                          \
		name, BUILT_TEXT_ADDRESS + (offset), 0x10, STT_FUNC, STB_GLOBAL, BUILT_TEXT, false \
	}
#define FAMILY(prefix, offset)                                                                     \
	FUNCTION(prefix "mallctl", offset), FUNCTION(prefix "mallctlbymib", (offset) + 0x10),      \
		FUNCTION(prefix "mallctlnametomib", (offset) + 0x20)

static struct u8_array build(const struct built_symbol *symbols, size_t count)
{
	return build_elf(&(struct elf_plan){.symbols = symbols, .symbol_count = count});
}

static void assert_instance(const struct jemalloc_instances *instances, const char *prefix,
	const char *path, uint64_t mallctl_address)
{
	ARRAY_FOR_EACH (instance, instances) {
		if (instance->mallctl != mallctl_address)
			continue;
		assert_string_equal(instance->prefix, prefix);
		assert_string_equal(instance->path, path);
		return;
	}
	fail_msg("no instance of prefix '%s'", prefix);
}

static void every_copy_is_found(void **state)
{
	static const struct built_symbol of_first[] = {
		FAMILY("_rjem_", 0), FAMILY("", 0x100), FUNCTION("main", 0x200)};
	static const struct built_symbol of_second[] = {FAMILY("je_", 0), FAMILY("je", 0x100)};
	struct files files = {
		build(of_first, ARRAY_SIZE(of_first)), build(of_second, ARRAY_SIZE(of_second))};
	struct module_table *modules = map(&files);
	struct jemalloc_instances instances = {0};

	(void)state;
	assert_success(jemalloc_find_instances(modules, &instances));
	assert_int_equal(instances.count, 4);
	assert_instance(&instances, "_rjem_", "/first", FIRST);
	assert_instance(&instances, "", "/first", FIRST + 0x100);
	assert_instance(&instances, "je_", "/second", SECOND);
	assert_instance(&instances, "je", "/second", SECOND + 0x100);
	jemalloc_instances_free(&instances);
	module_table_destroy(modules);
	u8_array_deinit(&files.first);
	u8_array_deinit(&files.second);
}

/* A function of that name alone is the program's own; so is one that is not mapped. */
static void what_lacks_its_companions_is_none(void **state)
{
	static const struct built_symbol of_first[] = {FUNCTION("mallctl", 0),
		FUNCTION("mallctlbymib", 0x10), FUNCTION("my_mallctlnametomib", 0x20),
		FUNCTION("my_mallctl", 0x30), FUNCTION("mallctlx", 0x40)};
	static const struct built_symbol of_second[] = {
		FUNCTION("mallctlnametomib", 0), FAMILY("far_", BUILT_TEXT_SIZE + 0x1000)};
	struct files files = {
		build(of_first, ARRAY_SIZE(of_first)), build(of_second, ARRAY_SIZE(of_second))};
	struct module_table *modules = map(&files);
	struct jemalloc_instances instances = {0};

	(void)state;
	assert_success(jemalloc_find_instances(modules, &instances));
	assert_int_equal(instances.count, 0);
	jemalloc_instances_free(&instances);
	module_table_destroy(modules);
	u8_array_deinit(&files.first);
	u8_array_deinit(&files.second);
}

static void assert_chosen(
	const struct jemalloc_instances *instances, const char *text, size_t place)
{
	const struct jemalloc_instance *chosen = NULL;

	assert_success(jemalloc_choose_instance(instances, text, "/bin/server", &chosen));
	assert_ptr_equal(chosen, &instances->items[place]);
}

static void one_of_several_is_chosen(void **state)
{
	struct jemalloc_instance items[] = {
		{.prefix = (char[]){"_rjem_"}, .path = (char[]){"/lib/libone-2.so"}},
		{.prefix = (char[]){""}, .path = (char[]){"/bin/server"}},
		{.prefix = (char[]){""}, .path = (char[]){"/lib/libtwo.so"}},
	};
	const struct jemalloc_instances all = {.items = items, .count = 3};
	const struct jemalloc_instances libraries = {.items = items, .count = 1};
	const struct jemalloc_instance *chosen = NULL;

	(void)state;
	assert_chosen(&all, "", 1);
	assert_chosen(&libraries, "", 0);
	assert_chosen(&all, "1", 0);
	assert_chosen(&all, "3", 2);
	assert_chosen(&all, "_rjem_", 0);
	assert_chosen(&all, "libtwo", 2);
	assert_chosen(&all, "/bin/server", 1);
	assert_error(jemalloc_choose_instance(&all, "/lib/", "/bin/server", &chosen), ERROR_USAGE,
		"'/lib/' is what 2 of the process's jemallocs are called",
		"there are 1: /lib/libone-2.so, prefix _rjem_; 2: /bin/server, no prefix; "
		"3: /lib/libtwo.so, no prefix");
	assert_error(jemalloc_choose_instance(&libraries, "2", "/bin/server", &chosen), ERROR_USAGE,
		"no jemalloc of the process is called '2'",
		"there are 1: /lib/libone-2.so, prefix _rjem_");
	assert_null(chosen);
}

/* This program holds all texts that a search looks for, and libc none. */
static void no_jemalloc_is_found_where_there_is_none(void **state)
{
	struct module_table *modules = capture_modules();
	struct jemalloc_instances instances = {0};
	size_t count, searched = 0, speakers = 0;
	bool speaks;
	struct module *items = module_table_items(modules, &count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		module_load(modules, &items[i]);
		if (!items[i].image || strstr(items[i].path, "jemalloc.so"))
			continue;
		searched++;
		assert_success(instance_speaks(&items[i], &speaks));
		speakers += speaks;
		assert_success(instance_search(&items[i], &instances));
	}
	assert_int_equal(speakers, 1);
	assert_true(searched > 2);
	assert_int_equal(instances.count, 0);
	jemalloc_instances_free(&instances);
	module_table_destroy(modules);
}

#define MALLCTL_OFFSET 0x700

/* "lea TEXT(%rip), %rdi; call MALLCTL_OFFSET" at an offset of the code. Returns its end. */
static size_t put_call(uint8_t *code, size_t offset, size_t text)
{
	const int32_t to_text = (int32_t)(text - offset - 7);
	const int32_t to_function = (int32_t)(MALLCTL_OFFSET - offset - 12);

	memcpy(code + offset, "\x48\x8d\x3d", 3);
	memcpy(code + offset + 3, &to_text, 4);
	code[offset + 7] = 0xe8;
	memcpy(code + offset + 8, &to_function, 4);
	return offset + 12;
}

/* One that hands the names of values to a function, as jemalloc's report does, and has a text. */
static struct u8_array build_nameless(const char *text, size_t length)
{
	static const char *const names[] = {
		"version", "config.prof", "opt.prof", "opt.abort", "arenas.page", "epoch"};
	const struct elf_plan plan = {0};
	struct u8_array file = build_elf(&plan);
	uint8_t *code = file.items + BUILT_TEXT_OFFSET;
	size_t offset = 0, text_offset = 0x200;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		offset = put_call(code, offset, text_offset);
		memcpy(code + text_offset, names[i], strlen(names[i]) + 1);
		text_offset += strlen(names[i]) + 1;
	}
	memcpy(code + text_offset, text, length);
	return file;
}

#define SENTENCE "value of the environment variable MALLOC_CONF"

static void the_prefix_is_that_of_the_variable(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		const char *prefix;
	} cases[] = {
#define CASE(text, prefix) {text, sizeof(text), prefix}
		CASE("MALLOC_CONF", ""),
		CASE("JEMALLOC_CONF", "je"),
		CASE("\0_RJEM_MALLOC_CONF", "_rjem_"),
		CASE(SENTENCE, ""),
		CASE(SENTENCE "\0_RJEM_MALLOC_CONF", "_rjem_"),
		CASE("_RJEM_MALLOC_CONF\0" SENTENCE, "_rjem_"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct files files = {.first = build_nameless(cases[i].text, cases[i].length)};
		struct module_table *modules = map(&files);
		struct jemalloc_instances instances = {0};
		size_t count;
		struct module *items = module_table_items(modules, &count);

		module_load(modules, &items[0]);
		assert_success(instance_search(&items[0], &instances));
		assert_int_equal(instances.count, 1);
		assert_string_equal(instances.items[0].prefix, cases[i].prefix);
		assert_int_equal(instances.items[0].mallctl, FIRST + MALLCTL_OFFSET);
		jemalloc_instances_free(&instances);
		module_table_destroy(modules);
		u8_array_deinit(&files.first);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_variable_follows_from_the_prefix),
		cmocka_unit_test(the_library_of_this_process_is_found),
		cmocka_unit_test(every_copy_is_found),
		cmocka_unit_test(what_lacks_its_companions_is_none),
		cmocka_unit_test(one_of_several_is_chosen),
		cmocka_unit_test(the_prefix_is_that_of_the_variable),
		cmocka_unit_test(no_jemalloc_is_found_where_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
