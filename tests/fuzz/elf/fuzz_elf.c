#include <stdlib.h>
#include <string.h>

#include "elf/debug_image.h"
#include "elf/go_functions.h"
#include "elf/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* What is found at an address begins at or before it. */
static void check_lookup(struct elf_image *image, uint64_t address)
{
	const struct elf_symbol *symbol = elf_image_symbol_at(image, address);

	if (!symbol)
		return;
	require(symbol->address <= address);
	require(!symbol->size || address - symbol->address < symbol->size);
}

static void check_symbols(struct elf_image *image)
{
	const struct elf_symbols *symbols;
	struct error *error = elf_image_symbols(image, &symbols);

	if (error) {
		require(error->kind == ERROR_MALFORMED || error->kind == ERROR_NO_MEMORY);
		error_destroy(error);
		return;
	}
	for (size_t i = 0; i < symbols->count; i++) {
		const struct elf_symbol *symbol = &symbols->items[i];

		require(!i || symbols->items[i - 1].address <= symbol->address);
		require(*symbol->name && !strchr(symbol->name, '@'));
		check_lookup(image, symbol->address - 1);
		check_lookup(image, symbol->address + symbol->size / 2);
		check_lookup(image, symbol->address + symbol->size);
		if (symbol->size && symbol->address != UINT64_MAX)
			require(elf_image_symbol_at(image, symbol->address));
	}
	elf_image_symbol_named(image, "main");
}

static void check_segments(const struct elf_image *image)
{
	size_t count;
	const struct elf_segment *segments = elf_image_segments(image, &count);

	for (size_t i = 0; i < count; i++) {
		uint64_t address;
		char buffer[64];

		elf_image_read(image, segments[i].address, buffer, sizeof(buffer));
		elf_image_read(image, segments[i].address + segments[i].file_size - 8, buffer,
			sizeof(buffer));
		elf_image_read(image, segments[i].address + segments[i].memory_size - 1, buffer,
			sizeof(buffer));
		elf_image_offset_to_address(image, segments[i].offset, &address);
	}
}

static void check_debug_data(const struct elf_image *image)
{
	struct elf_image *unpacked = NULL;
	struct error *error = elf_debug_data_open(image, &unpacked);

	require(!error || !unpacked);
	error_destroy(error);
	elf_image_close(unpacked);
}

static void check_go_functions(struct elf_image *image)
{
	const struct go_functions *functions = elf_image_go_functions(image);
	struct go_function found;
	int32_t delta;

	for (uint64_t address = 0x401000; functions && address < 0x401800; address += 16)
		if (go_functions_find(functions, address, &found))
			require(!go_function_stack_delta(functions, &found, address, &delta) ||
				delta >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct elf_image *image = NULL;
	char build_id[ELF_BUILD_ID_TEXT_SIZE];
	struct elf_section section;
	struct error *error = elf_image_from_memory(bytes, length, "input", &image);

	if (error) {
		require(error->kind == ERROR_MALFORMED || error->kind == ERROR_NO_MEMORY);
		error_destroy(error);
		return 0;
	}
	elf_image_build_id_text(image, build_id);
	require(strlen(build_id) < sizeof(build_id));
	elf_image_find_section(image, ".text", &section);
	check_segments(image);
	check_symbols(image);
	check_debug_data(image);
	check_go_functions(image);
	elf_image_close(image);
	return 0;
}
