#include "mapped_process.h"

#include "../base/test_support.h"

#include <stdio.h>

struct mapped_process process;

static struct error *open_file(void *context, const struct mapping *mapping, int *ret_fd)
{
	(void)context;
	for (size_t i = 0; i < process.count; i++) {
		if (strcmp(process.files[i].path, mapping->path) != 0)
			continue;
		if (!process.files[i].bytes.count)
			break;
		*ret_fd = file_of(&process.files[i].bytes);
		return NULL;
	}
	return error_create(ERROR_DENIED, "may not be opened");
}

/* Zeros behind the code; memory elsewhere cannot be read. */
static size_t read_code(struct target *target, uint64_t address, void *buffer, size_t length)
{
	(void)target;
	if (length > process.longest_read)
		process.longest_read = length;
	for (size_t i = 0; i < process.count; i++) {
		if (address != CODE(i) || length < process.files[i].length)
			continue;
		memset(buffer, 0, length);
		if (process.files[i].length)
			memcpy(buffer, process.files[i].code, process.files[i].length);
		return length;
	}
	return 0;
}

static struct error *parse_maps(const char *maps, struct mappings *ret)
{
	*ret = (struct mappings){0};
	return mappings_parse(cursor_over(maps, strlen(maps)), ret);
}

static struct error *list_mappings(struct target *target, struct mappings *ret)
{
	(void)target;
	if (!*process.maps)
		return error_create(ERROR_GONE, "process 4242 is gone");
	return parse_maps(process.maps, ret);
}

static const struct target_operations operations = {
	.read = read_code,
	.list_mappings = list_mappings,
};

int mapped_process_set_up(void **state)
{
	(void)state;
	process = (struct mapped_process){
		.target = {.operations = &operations, .identity = {.pid = 4242}}};
	return 0;
}

int mapped_process_tear_down(void **state)
{
	(void)state;
	module_table_destroy(process.modules);
	for (size_t i = 0; i < process.count; i++)
		u8_array_deinit(&process.files[i].bytes);
	return 0;
}

static void add_maps(const char *path, const struct data_mapping *data)
{
	size_t n = process.count - 1, used = strlen(process.maps);

	snprintf(process.maps + used, sizeof(process.maps) - used,
		"%llx-%llx r-xp 00001000 08:01 %zu %s\n"
		"%llx-%llx %s %08x 08:01 %zu %s\n",
		CODE(n), CODE(n) + 0x1000, n + 1, path, DATA(n), DATA(n) + 0x1000,
		data->permissions, data->offset, n + 1, data->path ? data->path : path);
}

struct mapped_file *add_mapped_file(const char *path, const struct built_symbol *symbols,
	size_t symbol_count, const struct data_mapping *data)
{
	struct mapped_file *file = &process.files[process.count++];

	*file = (struct mapped_file){.path = path,
		.bytes = build_elf(
			&(struct elf_plan){.symbols = symbols, .symbol_count = symbol_count})};
	add_maps(path, data);
	return file;
}

struct mapped_file *add_file(
	const char *path, const struct built_symbol *symbols, size_t symbol_count)
{
	static const struct data_mapping data = {"rw-p", 0x1000, NULL};

	return add_mapped_file(path, symbols, symbol_count, &data);
}

void set_code(struct mapped_file *file, const char *code, size_t length)
{
	file->code = code;
	file->length = length;
}

void update_modules(void)
{
	CLEANUP(mappings_deinit) struct mappings mappings = {0};
	bool changed;

	assert_success(parse_maps(process.maps, &mappings));
	assert_success(module_table_create(
		(struct module_opener){.open = open_file, .context = NULL}, &process.modules));
	assert_success(module_table_update(process.modules, &mappings, &changed));
}

struct call_equipment find_equipment(void)
{
	struct call_equipment equipment;

	update_modules();
	assert_success(call_equipment_find(&process.target, process.modules, &equipment));
	return equipment;
}

void assert_no_equipment(enum error_kind kind, const char *message)
{
	struct call_equipment equipment = {.dead_memory = 77};

	update_modules();
	assert_error(call_equipment_find(&process.target, process.modules, &equipment), kind,
		message, NULL);
	assert_int_equal(equipment.dead_memory, 77);
}
