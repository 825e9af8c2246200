#pragma once

#include <libunwind.h>

#include "arch/registers.h"

/* What whoever asks libunwind about another program needs, whatever that program is. */

/* Of libunwind-ptrace's and libunwind-coredump's own use: exported, but in no header. */
int _Ux86_64_dwarf_search_unwind_table(unw_addr_space_t space, unw_word_t ip, unw_dyn_info_t *table,
	unw_proc_info_t *ret, int need_unwind_info, void *argument);

/* Of a program that is only read. Still to be set: find_proc_info, access_mem and access_reg. */
unw_accessors_t read_only_accessors(void);

/* The body of an access_reg. */
int access_register_of(
	const struct registers *registers, unw_regnum_t number, unw_word_t *value, int write);
