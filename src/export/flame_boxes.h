#pragma once

#include "base/array.h"
#include "base/error.h"
#include "export/stack_list.h"

struct flame_box {
	uint32_t name;
	uint32_t depth;
	uint64_t start; /* values of what is to the left of it */
	uint64_t value; /* without their signs */
	uint64_t grown; /* what of the value is of stacks above 0: all but in a difference */
	uint64_t self;  /* of stacks that end here */
	struct stack_place place;
};
ARRAY_DEFINE(flame_box_items, struct flame_box)

struct flame_boxes {
	struct flame_box_items items; /* a box before what it called, left before right */
	uint64_t total, grown;
	uint32_t depth; /* levels with boxes */
	size_t deep;    /* stacks cut short */
};

#define FLAME_MAX_DEPTH 1000

/* Boxes narrower than the fraction of the total are left out. */
struct error *flame_boxes_init(
	const struct stack_list *list, double narrowest, struct flame_boxes *ret) MUST_CHECK;
void flame_boxes_deinit(struct flame_boxes *boxes);
