#pragma once

#include "base/attributes.h"

/* For CLEANUP(): free(), close() and fclose() of what a variable holds, if it holds anything. */
void cleanup_free(void *pointer_to_pointer);
void cleanup_close(int *fd);
void cleanup_fclose(void *pointer_to_file);

/* Takes the value out of an owning variable, so that its cleanup does nothing. */
#define TAKE_POINTER(variable)                                                                     \
	({                                                                                         \
		__auto_type taken_ = (variable);                                                   \
		(variable) = NULL;                                                                 \
		taken_;                                                                            \
	})
#define TAKE_FD(variable)                                                                          \
	({                                                                                         \
		int taken_ = (variable);                                                           \
		(variable) = -1;                                                                   \
		taken_;                                                                            \
	})
