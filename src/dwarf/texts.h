#pragma once

#include <stddef.h>

/* Memory for texts that are all given up together. A zeroed struct is empty. */
struct dwarf_texts {
	struct dwarf_texts_block *blocks; /* the newest first */
};

/* Room for size bytes, or NULL. */
char *dwarf_texts_take(struct dwarf_texts *texts, size_t size);
void dwarf_texts_clear(struct dwarf_texts *texts); /* keeps some memory for the next ones */
void dwarf_texts_deinit(struct dwarf_texts *texts);
