#include "unwind_accessors.h"

static void put_unwind_info(unw_addr_space_t space, unw_proc_info_t *info, void *argument)
{
	(void)space, (void)info, (void)argument;
}

static int get_dyn_info_list(unw_addr_space_t space, unw_word_t *ret, void *argument)
{
	(void)space, (void)ret, (void)argument;
	return -UNW_ENOINFO;
}

static int access_float(
	unw_addr_space_t space, unw_regnum_t number, unw_fpreg_t *value, int write, void *argument)
{
	(void)space, (void)number, (void)value, (void)write, (void)argument;
	return -UNW_EBADREG;
}

static int resume(unw_addr_space_t space, unw_cursor_t *cursor, void *argument)
{
	(void)space, (void)cursor, (void)argument;
	return -UNW_EINVAL;
}

unw_accessors_t read_only_accessors(void)
{
	return (unw_accessors_t){
		.put_unwind_info = put_unwind_info,
		.get_dyn_info_list_addr = get_dyn_info_list,
		.access_fpreg = access_float,
		.resume = resume,
	};
}

/* It numbers them as DWARF does. */
int access_register_of(
	const struct registers *registers, unw_regnum_t number, unw_word_t *value, int write)
{
	if (write || number < 0 || number >= REGISTER_COUNT)
		return -UNW_EBADREG;
	*value = registers->values[number];
	return 0;
}
