#pragma once

#include <jansson.h>

#include "cli/live_page.h"

/*
 * A picture of a live view as JSON: refresh is its number, from 1; limit: how many functions at
 * most; ended: the process has. NULL: no memory.
 */
json_t *live_picture_json(
	const struct live_picture *picture, uint64_t refresh, uint64_t limit, bool ended);
