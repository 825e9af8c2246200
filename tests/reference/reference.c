#include "reference.h"

#include <stdio.h>
#include <stdlib.h>

#include "unwind_accessors.h"

struct reference {
	struct reference_source source;
	unw_addr_space_t space;
	unw_cursor_t cursor;
	const struct registers *leaf;
	bool missed; /* in the step at hand there was no table */
};

static int find_proc_info(unw_addr_space_t space, unw_word_t ip, unw_proc_info_t *ret,
	int need_unwind_info, void *argument)
{
	struct reference *reference = argument;
	struct reference_table table;

	if (!reference->source.find_table(reference->source.context, ip, &table)) {
		reference->missed = true;
		return -UNW_ENOINFO;
	}
	unw_dyn_info_t info = {
		.start_ip = table.start,
		.end_ip = table.end,
		.format = UNW_INFO_FORMAT_REMOTE_TABLE,
		.u.rti = {.segbase = table.base,
			.table_data = table.entries,
			.table_len = table.count * 8 / sizeof(unw_word_t)},
	};
	int result = _Ux86_64_dwarf_search_unwind_table(
		space, ip, &info, ret, need_unwind_info, argument);
	reference->missed |= result == -UNW_ENOINFO;
	return result;
}

static int access_memory(
	unw_addr_space_t space, unw_word_t address, unw_word_t *value, int write, void *argument)
{
	struct reference *reference = argument;
	uint64_t word;

	(void)space;
	if (write || !reference->source.read_word(reference->source.context, address, &word))
		return -UNW_EINVAL;
	*value = word;
	return 0;
}

static int access_register(
	unw_addr_space_t space, unw_regnum_t number, unw_word_t *value, int write, void *argument)
{
	struct reference *reference = argument;

	(void)space;
	return access_register_of(reference->leaf, number, value, write);
}

struct reference *reference_create(const struct reference_source *source)
{
	unw_accessors_t accessors = read_only_accessors();
	struct reference *reference = calloc(1, sizeof(*reference));

	accessors.find_proc_info = find_proc_info;
	accessors.access_mem = access_memory;
	accessors.access_reg = access_register;
	if (reference)
		reference->space = unw_create_addr_space(&accessors, 0);
	if (!reference || !reference->space) {
		fputs("libunwind cannot be set up\n", stderr);
		exit(2);
	}
	reference->source = *source;
	unw_set_caching_policy(reference->space, UNW_CACHE_NONE);
	return reference;
}

void reference_destroy(struct reference *reference)
{
	unw_destroy_addr_space(reference->space);
	free(reference);
}

void reference_start(struct reference *reference, const struct registers *leaf)
{
	reference->leaf = leaf;
	if (unw_init_remote(&reference->cursor, reference->space, reference) == 0)
		return;
	fputs("libunwind does not start\n", stderr);
	exit(2);
}

enum reference_step reference_step(struct reference *reference)
{
	reference->missed = false;
	int result = unw_step(&reference->cursor);

	if (reference->missed)
		return REFERENCE_GUESSED;
	if (result < 0)
		return REFERENCE_NONE;
	return result ? REFERENCE_CALLER : REFERENCE_OUTERMOST;
}

bool reference_register(struct reference *reference, int number, uint64_t *ret)
{
	unw_word_t value;

	if (unw_get_reg(&reference->cursor, number, &value) < 0)
		return false;
	*ret = value;
	return true;
}

bool reference_was_interrupted(struct reference *reference)
{
	/* The name of what 1.6 remembers of the step before. */
	return unw_is_signal_frame(&reference->cursor) > 0;
}
