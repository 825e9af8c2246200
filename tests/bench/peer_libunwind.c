#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../reference/unwind_accessors.h"
#include "unwind_peer.h"

/*
 * More than there are frames, so that it evicts nothing; but one that was built with a cache for
 * each thread, as Debian's 1.6, only has its own 128.
 */
#define CACHE_SIZE 4096
#define TABLES_MAX 32

/* LSB Core, "The .eh_frame_hdr section", in the form that all linkers make; relative to itself. */
struct frame_header {
	uint8_t version, encodings[3];
	int32_t frames;
	uint32_t count;
	struct frame_header_entry {
		int32_t start, function;
	} entries[];
};

struct table {
	uint64_t start, end; /* of the code */
	const struct frame_header *header;
};

struct peer {
	unw_addr_space_t space;
	const struct capture *capture;
	struct table tables[TABLES_MAX];
	size_t table_count;
};

/* The last that starts at or before the address. */
static const struct frame_header_entry *search(const struct frame_header *header, uint64_t address)
{
	int64_t wanted = (int64_t)(address - (uint64_t)(uintptr_t)header);
	size_t low = 0, high = header->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (header->entries[middle].start <= wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &header->entries[low - 1] : NULL;
}

/* Its own search reads the table byte by byte: it is given one entry. */
static int find_proc_info(unw_addr_space_t space, unw_word_t ip, unw_proc_info_t *ret,
	int need_unwind_info, void *argument)
{
	const struct peer *peer = argument;

	for (size_t i = 0; i < peer->table_count; i++) {
		const struct table *table = &peer->tables[i];
		const struct frame_header_entry *entry;

		if (ip < table->start || ip >= table->end)
			continue;
		entry = search(table->header, ip);
		if (!entry)
			break;
		unw_dyn_info_t info = {
			.start_ip = table->start,
			.end_ip = table->end,
			.format = UNW_INFO_FORMAT_REMOTE_TABLE,
			.u.rti = {.segbase = (uintptr_t)table->header,
				.table_data = (uintptr_t)entry,
				.table_len = sizeof(*entry) / sizeof(unw_word_t)},
		};
		return _Ux86_64_dwarf_search_unwind_table(
			space, ip, &info, ret, need_unwind_info, argument);
	}
	return -UNW_ENOINFO;
}

static int access_memory(
	unw_addr_space_t space, unw_word_t address, unw_word_t *value, int write, void *argument)
{
	const struct peer *peer = argument;
	const struct unwind_input *input = &peer->capture->input;
	uint64_t offset = address - input->stack_address;

	(void)space;
	if (write)
		return -UNW_EINVAL;
	memcpy(value,
		offset <= input->stack_length - sizeof(*value) ? input->stack + offset
							       : (const void *)address,
		sizeof(*value));
	return 0;
}

static int access_register(
	unw_addr_space_t space, unw_regnum_t number, unw_word_t *value, int write, void *argument)
{
	const struct peer *peer = argument;

	(void)space;
	return access_register_of(&peer->capture->input.registers, number, value, write);
}

/* Of every file of this process. */
static int add_table(struct dl_phdr_info *info, size_t size, void *argument)
{
	struct peer *peer = argument;
	struct table table = {.start = UINT64_MAX};

	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		uint64_t start = info->dlpi_addr + header->p_vaddr, end = start + header->p_memsz;

		if (header->p_type == PT_GNU_EH_FRAME)
			table.header = (const void *)(uintptr_t)start;
		if (header->p_type != PT_LOAD || !(header->p_flags & PF_X))
			continue;
		table.start = start < table.start ? start : table.start;
		table.end = end > table.end ? end : table.end;
	}
	if (table.header && peer->table_count < TABLES_MAX)
		peer->tables[peer->table_count++] = table;
	return 0;
}

static void *create(const struct capture *capture, unw_caching_policy_t policy)
{
	unw_accessors_t accessors = read_only_accessors();
	struct peer *peer = calloc(1, sizeof(*peer));

	accessors.find_proc_info = find_proc_info;
	accessors.access_mem = access_memory;
	accessors.access_reg = access_register;
	if (peer)
		peer->space = unw_create_addr_space(&accessors, 0);
	if (!peer || !peer->space || unw_set_caching_policy(peer->space, policy) ||
		unw_set_cache_size(peer->space, CACHE_SIZE, 0)) {
		fputs("libunwind cannot be set up\n", stderr);
		exit(1);
	}
	peer->capture = capture;
	dl_iterate_phdr(add_table, peer);
	return peer;
}

static void *create_global(const struct capture *capture)
{
	return create(capture, UNW_CACHE_GLOBAL);
}

static void *create_thread(const struct capture *capture)
{
	return create(capture, UNW_CACHE_PER_THREAD);
}

static size_t follow(void *context)
{
	struct peer *peer = context;
	unw_cursor_t cursor;
	unw_word_t pc;
	size_t frames = 0;

	if (unw_init_remote(&cursor, peer->space, peer))
		return 0;
	do {
		if (unw_get_reg(&cursor, UNW_REG_IP, &pc))
			break;
		frames++;
	} while (unw_step(&cursor) > 0);
	return frames;
}

static void destroy(void *context)
{
	struct peer *peer = context;

	unw_destroy_addr_space(peer->space);
	free(peer);
}

const struct unwind_peer peer_libunwind_global = {
	"libunwind, global cache", create_global, follow, destroy};
const struct unwind_peer peer_libunwind_thread = {
	"libunwind, thread's cache", create_thread, follow, destroy};
