#include "jemalloc/instance_search.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "arch/instruction.h"
#include "base/cleanup.h"

#define PART_SIZE     ((size_t)1 << 20)
#define SEGMENT_MAX   ((size_t)1 << 30)
#define SEGMENTS_MAX  16
#define TARGETS_MAX   256
#define CALL_DISTANCE 20 /* instructions from where a name is loaded to the call */
#define VOTES_NEEDED  6
#define PREFIX_MAX    32

static const char marker[] = "<jemalloc>: ";
static const char variable[] = "MALLOC_CONF";

/* That are read by their whole names, and by nothing but mallctl. */
static const char *const names[] = {"version", "config.debug", "config.fill", "config.lazy_lock",
	"config.malloc_conf", "config.prof", "config.stats", "config.utrace", "config.xmalloc",
	"opt.abort", "opt.dss", "opt.narenas", "opt.prof", "opt.prof_prefix", "opt.lg_prof_sample",
	"opt.stats_print", "opt.tcache", "opt.zero", "arenas.narenas", "arenas.quantum",
	"arenas.page", "arenas.nbins", "epoch", "stats.allocated", "stats.active", "stats.metadata",
	"stats.resident", "stats.mapped", "stats.retained"};

struct bytes {
	uint64_t address;
	bool executable;
	struct u8_array content;
};

/* A function, and which of the names are handed to it. */
struct target {
	uint64_t address;
	uint32_t votes;
};

struct search {
	struct bytes segments[SEGMENTS_MAX];
	size_t segment_count;
	struct target targets[TARGETS_MAX];
	size_t target_count;
};

static void search_deinit(struct search *search)
{
	for (size_t i = 0; i < search->segment_count; i++)
		u8_array_deinit(&search->segments[i].content);
}

static struct error *read_segment(
	const struct elf_image *image, const struct elf_segment *segment, struct search *search)
{
	struct bytes *bytes = &search->segments[search->segment_count];
	struct error *error = u8_array_reserve(&bytes->content, segment->file_size);

	if (error)
		return error;
	bytes->address = segment->address;
	bytes->executable = segment->executable;
	bytes->content.count =
		elf_image_read(image, segment->address, bytes->content.items, segment->file_size);
	search->segment_count++;
	return NULL;
}

static struct error *read_segments(const struct elf_image *image, struct search *search)
{
	size_t count;
	const struct elf_segment *segments = elf_image_segments(image, &count);
	struct error *error = NULL;

	for (size_t i = 0; !error && i < count && search->segment_count < SEGMENTS_MAX; i++)
		if (segments[i].file_size && segments[i].file_size <= SEGMENT_MAX)
			error = read_segment(image, &segments[i], search);
	return error;
}

/* A part at a time: a program may be large, and most have no jemalloc. */
static bool holds_marker(
	const struct elf_image *image, const struct elf_segment *segment, struct u8_array *part)
{
	for (uint64_t offset = 0; offset < segment->file_size;
		offset += PART_SIZE - sizeof(marker)) {
		uint64_t left = segment->file_size - offset;

		part->count = elf_image_read(image, segment->address + offset, part->items,
			left < PART_SIZE ? (size_t)left : PART_SIZE);
		if (memmem(part->items, part->count, marker, sizeof(marker) - 1))
			return true;
	}
	return false;
}

struct error *instance_speaks(const struct module *module, bool *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array part = {0};
	size_t count;
	const struct elf_segment *segments = elf_image_segments(module->image, &count);
	struct error *error = u8_array_reserve(&part, PART_SIZE);

	*ret = false;
	for (size_t i = 0; !error && !*ret && i < count; i++)
		*ret = holds_marker(module->image, &segments[i], &part);
	return error;
}

/* The name that is at an address; -1: none of them. */
static int name_at(const struct search *search, uint64_t address)
{
	for (size_t i = 0; i < search->segment_count; i++) {
		const struct bytes *bytes = &search->segments[i];
		uint64_t offset = address - bytes->address;

		if (offset >= bytes->content.count)
			continue;
		for (size_t n = 0; n < ARRAY_SIZE(names); n++) {
			size_t length = strlen(names[n]) + 1;

			if (length <= bytes->content.count - offset &&
				memcmp(bytes->content.items + offset, names[n], length) == 0)
				return (int)n;
		}
	}
	return -1;
}

/* The next call of a known function; false: the code goes elsewhere before. */
static bool next_call(const struct bytes *code, size_t offset, uint64_t *ret)
{
	for (int i = 0; i < CALL_DISTANCE && offset < code->content.count; i++) {
		struct instruction instruction;

		if (!instruction_decode(code->content.items + offset, code->content.count - offset,
			    &instruction))
			return false;
		offset += instruction.length;
		if (instruction.flow == FLOW_CALL) {
			*ret = code->address + offset + (uint64_t)instruction.target;
			return true;
		}
		if (instruction.flow != FLOW_NEXT && instruction.flow != FLOW_BRANCH)
			return false;
	}
	return false;
}

static void vote(struct search *search, uint64_t address, int name)
{
	size_t i = 0;

	while (i < search->target_count && search->targets[i].address != address)
		i++;
	if (i == TARGETS_MAX)
		return;
	if (i == search->target_count)
		search->targets[search->target_count++] = (struct target){.address = address};
	search->targets[i].votes |= 1U << name;
}

/*
 * What an instruction loads into a register: "lea distance(%rip), %rbx", or "mov $address, %ebx" in
 * code for fixed addresses. *ret_length: of the instruction.
 */
static bool loads_address(
	const uint8_t *code, size_t left, uint64_t here, uint64_t *ret, size_t *ret_length)
{
	int32_t distance;
	uint32_t address;

	if (left >= 7 && (code[0] & 0xfb) == 0x48 && code[1] == 0x8d && (code[2] & 0xc7) == 0x05) {
		memcpy(&distance, code + 3, sizeof(distance));
		*ret = here + 7 + (uint64_t)(int64_t)distance;
		*ret_length = 7;
		return true;
	}
	if (left >= 5 && (code[0] & 0xf8) == 0xb8) {
		memcpy(&address, code + 1, sizeof(address));
		*ret = address;
		*ret_length = 5;
		return true;
	}
	return false;
}

static void scan_code(struct search *search, const struct bytes *code)
{
	const uint8_t *bytes = code->content.items;
	size_t count = code->content.count;

	for (size_t i = 0; i < count; i++) {
		uint64_t address, function;
		size_t length;
		int name;

		if (!loads_address(bytes + i, count - i, code->address + i, &address, &length))
			continue;
		name = name_at(search, address);
		if (name >= 0 && next_call(code, i + length, &function))
			vote(search, function, name);
	}
}

static int votes_of(const struct target *target)
{
	return __builtin_popcount(target->votes);
}

/* 0: there is none that stands out. */
static uint64_t elected(const struct search *search)
{
	const struct target *best = NULL;

	for (size_t i = 0; i < search->target_count; i++)
		if (!best || votes_of(&search->targets[i]) > votes_of(best))
			best = &search->targets[i];
	return best && votes_of(best) >= VOTES_NEEDED ? best->address : 0;
}

static bool is_of_a_variable(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* How much of a variable's name stands before the text at an offset. */
static size_t length_before(const struct u8_array *content, size_t offset)
{
	size_t length = 0;

	while (length < PREFIX_MAX && length < offset &&
		is_of_a_variable(content->items[offset - length - 1]))
		length++;
	return length;
}

static void copy_lower(const uint8_t *text, size_t length, char *ret)
{
	for (size_t i = 0; i < length; i++)
		ret[i] = (char)tolower(text[i]);
	ret[length] = '\0';
}

/* Keeps the longest in prefix. */
static void consider_prefixes(const struct u8_array *content, char prefix[PREFIX_MAX + 1])
{
	const uint8_t *at = content->items;
	const uint8_t *end = at + content->count;

	while ((at = memmem(at, (size_t)(end - at), variable, sizeof(variable)))) {
		size_t length = length_before(content, (size_t)(at - content->items));

		if (length > strlen(prefix))
			copy_lower(at - length, length, prefix);
		at++;
	}
}

/*
 * "_RJEM_" of "_RJEM_MALLOC_CONF", in lower case; to be freed. Without a prefix it may be the end
 * of a longer text, as linkers merge them; jemalloc 5.3 has it at the end of one in any case.
 */
static char *find_prefix(const struct search *search)
{
	char prefix[PREFIX_MAX + 1] = "";

	for (size_t i = 0; i < search->segment_count; i++)
		consider_prefixes(&search->segments[i].content, prefix);
	return strdup(prefix);
}

static struct error *make_instance(const struct module *module, const struct search *search,
	uint64_t function, struct jemalloc_instance *ret)
{
	struct jemalloc_instance instance = {
		.prefix = find_prefix(search),
		.path = strdup(module->path),
		.mallctl = function + module->bias,
		.nameless = true,
	};

	if (!instance.prefix || !instance.path) {
		jemalloc_instance_deinit(&instance);
		return &error_no_memory;
	}
	*ret = instance;
	return NULL;
}

static struct error *look_through(const struct module *module, struct search *search)
{
	struct error *error = read_segments(module->image, search);

	for (size_t i = 0; !error && i < search->segment_count; i++)
		if (search->segments[i].executable)
			scan_code(search, &search->segments[i]);
	return error;
}

struct error *instance_search(const struct module *module, struct jemalloc_instances *instances)
{
	CLEANUP(search_deinit) struct search search = {0};
	struct jemalloc_instance instance;
	struct error *error = look_through(module, &search);
	uint64_t function = error ? 0 : elected(&search);

	/* One file may be mapped in several parts that hold code. */
	if (!function || function + module->bias < module->start ||
		function + module->bias >= module->end)
		return error;
	error = make_instance(module, &search, function, &instance);
	if (error)
		return error;
	error = jemalloc_instances_append(instances, instance);
	if (error)
		jemalloc_instance_deinit(&instance);
	return error;
}

struct error *instance_at(
	const struct module *module, uint64_t address, struct jemalloc_instance *ret)
{
	CLEANUP(search_deinit) struct search search = {0};
	bool speaks = false;
	struct error *error = instance_speaks(module, &speaks);

	if (!error && speaks)
		error = look_through(module, &search);
	for (size_t i = 0; !error && i < search.target_count; i++)
		if (search.targets[i].address == address - module->bias)
			return make_instance(module, &search, address - module->bias, ret);
	return error ? error
		     : error_create(ERROR_USAGE,
			       "0x%lx in %s is no mallctl: nothing there calls it with the name of "
			       "a value",
			       address, module->path);
}
