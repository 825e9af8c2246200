#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Memory for texts that are all given up together. A zeroed struct is empty. */
struct dwarf_texts {
	struct dwarf_texts_block *blocks; /* the newest first */
	size_t total;                     /* bytes since it was cleared */
};

/*
 * Whether so many bytes more are to be read: the texts of one address may have 4 MiB together.
 * Those beyond are as if they were not there.
 */
bool dwarf_texts_hold(const struct dwarf_texts *texts, size_t size);

/* Room for size bytes, or NULL. */
char *dwarf_texts_take(struct dwarf_texts *texts, size_t size);
void dwarf_texts_clear(struct dwarf_texts *texts); /* keeps some memory for the next ones */
void dwarf_texts_deinit(struct dwarf_texts *texts);
