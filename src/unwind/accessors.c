#include <string.h>

#include "unwind/fde_table.h"
#include "unwind/rules_check.h"
#include "unwind/unwind_internal.h"

/*
 * How libunwind sees the target: the copied registers and stack, and the modules' files. The
 * process itself is never read.
 */

/* How far above the copy an address is taken for a part of the same stack. */
#define STACK_SIZE_MAX (1ULL << 30)

/* In <dwarf.h> of libunwind, which is not installed; exported for users with own accessors. */
#define search_unwind_table UNW_OBJ(dwarf_search_unwind_table)
int search_unwind_table(unw_addr_space_t space, unw_word_t ip, unw_dyn_info_t *table,
	unw_proc_info_t *ret, int need_unwind_info, void *context);

/* Not -UNW_ENOINFO, after which libunwind would guess a frame. */
static int fail(struct unwinder *unwinder, enum unwind_end failure)
{
	if (!unwinder->failed) {
		unwinder->failed = true;
		unwinder->failure = failure;
	}
	return -UNW_EINVAL;
}

static enum unwind_end why_unreadable(const struct unwinder *unwinder, uint64_t address)
{
	const struct unwind_input *input = unwinder->input;

	/* The interrupted stack may be another than that of the signal handler. */
	if (unwinder->passed_signal)
		return UNWIND_STACK_TOO_SHORT;
	if (address >= input->stack_address && address - input->stack_address < STACK_SIZE_MAX)
		return UNWIND_STACK_TOO_SHORT;
	return UNWIND_BAD_FRAME;
}

bool unwind_read_stack(const struct unwind_input *input, uint64_t address, uint64_t *ret)
{
	uint64_t offset = address - input->stack_address;

	if (input->stack_length < sizeof(*ret) || offset > input->stack_length - sizeof(*ret))
		return false;
	memcpy(ret, input->stack + offset, sizeof(*ret));
	return true;
}

static int access_memory(
	unw_addr_space_t space, unw_word_t address, unw_word_t *value, int write, void *context)
{
	struct unwinder *unwinder = context;
	const struct module *module = unwinder->module;

	(void)space;
	if (write)
		return -UNW_EINVAL;
	if (unwind_read_stack(unwinder->input, address, value))
		return 0;
	if (!unwinder->reads_left)
		return fail(unwinder, UNWIND_BAD_FRAME);
	unwinder->reads_left--;
	if (module &&
		file_pages_read_word(unwinder->pages, module->image, address - module->bias, value))
		return 0;
	return fail(unwinder, why_unreadable(unwinder, address));
}

/* libunwind numbers the registers as DWARF does, as struct registers. */
static int access_register(
	unw_addr_space_t space, unw_regnum_t number, unw_word_t *value, int write, void *context)
{
	const struct unwinder *unwinder = context;

	(void)space;
	if (write || number < 0 || number >= REGISTER_COUNT)
		return -UNW_EBADREG;
	*value = unwinder->registers.values[number];
	return 0;
}

static int access_float(
	unw_addr_space_t space, unw_regnum_t number, unw_fpreg_t *value, int write, void *context)
{
	(void)space, (void)number, (void)value, (void)write, (void)context;
	return -UNW_EINVAL;
}

/* libunwind searches its table of one entry again, and reads the rules. */
static unw_dyn_info_t table_of(const struct module *module, const struct fde_entry *entry)
{
	unw_dyn_info_t table = {
		.start_ip = module->start,
		.end_ip = module->end,
		.format = UNW_INFO_FORMAT_REMOTE_TABLE,
	};

	table.u.rti.segbase = entry->header + module->bias;
	table.u.rti.table_data = entry->entry + module->bias;
	table.u.rti.table_len = 1; /* in words of 8 bytes */
	return table;
}

static bool find_rules(
	struct unwinder *unwinder, const struct module *module, uint64_t ip, struct fde_entry *ret)
{
	return module && ip >= module->start && ip < module->end &&
	       find_fde(unwinder->pages, module->image, ip - module->bias, ret) &&
	       rules_are_safe(unwinder->pages, module->image, ret->fde);
}

static int find_procedure(unw_addr_space_t space, unw_word_t ip, unw_proc_info_t *ret,
	int need_unwind_info, void *context)
{
	struct unwinder *unwinder = context;
	struct fde_entry entry;

	if (!find_rules(unwinder, unwinder->module, ip, &entry))
		return fail(unwinder, UNWIND_NO_RULES);
	unw_dyn_info_t table = table_of(unwinder->module, &entry);
	if (search_unwind_table(space, ip, &table, ret, need_unwind_info, context) < 0) {
		unwinder->failed = false;
		return fail(unwinder, UNWIND_NO_RULES);
	}
	return 0;
}

static void put_procedure(unw_addr_space_t space, unw_proc_info_t *info, void *context)
{
	(void)space, (void)info, (void)context;
}

static int find_dynamic_list(unw_addr_space_t space, unw_word_t *ret, void *context)
{
	(void)space, (void)ret, (void)context;
	return -UNW_ENOINFO;
}

static int resume(unw_addr_space_t space, unw_cursor_t *cursor, void *context)
{
	(void)space, (void)cursor, (void)context;
	return -UNW_EINVAL;
}

static int name_procedure(unw_addr_space_t space, unw_word_t ip, char *buffer, size_t size,
	unw_word_t *offset, void *context)
{
	(void)space, (void)ip, (void)buffer, (void)size, (void)offset, (void)context;
	return -UNW_ENOINFO;
}

const unw_accessors_t unwind_accessors = {
	.find_proc_info = find_procedure,
	.put_unwind_info = put_procedure,
	.get_dyn_info_list_addr = find_dynamic_list,
	.access_mem = access_memory,
	.access_reg = access_register,
	.access_fpreg = access_float,
	.resume = resume,
	.get_proc_name = name_procedure,
};
