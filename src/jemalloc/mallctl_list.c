#include "jemalloc/mallctl_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "jemalloc/mallctl_pattern.h"

#define SERIES_MAX 4096

struct listing {
	struct jemalloc *jemalloc;
	const char *begun;
	const struct mallctl_name *entry; /* whose names are made now */
	const char *counted;              /* mallctl_count_name() that was asked for last */
	uint64_t count;                   /* the answer */
	struct mallctl_list list;
	struct error *error;
};

static void listed_deinit(struct mallctl_listed *listed)
{
	free(listed->name);
	mallctl_value_deinit(&listed->value);
}

void mallctl_list_free(struct mallctl_list *list)
{
	ARRAY_FOR_EACH (listed, list)
		listed_deinit(listed);
	mallctl_list_deinit(list);
}

/* Takes over the value. */
static void add(struct listing *listing, const char *name, bool is_open, struct mallctl_value value)
{
	struct mallctl_listed listed = {
		.name = strdup(name),
		.entry = listing->entry,
		.is_open = is_open,
		.value = value,
	};

	listing->error =
		listed.name ? mallctl_list_append(&listing->list, listed) : &error_no_memory;
	if (listing->error)
		listed_deinit(&listed);
}

/* How long a series can be at most. Those that are counted alike stand together in the table. */
static uint64_t series_length(struct listing *listing, const char *name)
{
	const char *counted = mallctl_count_name(name);

	if (!counted)
		return SERIES_MAX;
	if (counted != listing->counted)
		listing->error = mallctl_read_count(listing->jemalloc, counted, &listing->count);
	listing->counted = listing->error ? NULL : counted;
	return listing->count;
}

/* As many as one call takes: false when the last one of the series was among them. */
static bool add_part_of_series(
	struct listing *listing, const char *name, unsigned first, unsigned count)
{
	char names[MALLCTL_READINGS_MAX][MALLCTL_NAME_SIZE];
	struct mallctl_reading readings[MALLCTL_READINGS_MAX];
	unsigned added = 0;

	for (unsigned i = 0; i < count; i++) {
		mallctl_pattern_number(name, first + i, names[i]);
		readings[i] =
			(struct mallctl_reading){.name = names[i], .type = listing->entry->type};
	}
	listing->error = mallctl_read_all(listing->jemalloc, readings, count);
	while (!listing->error && added < count && !readings[added].result) {
		add(listing, names[added], false, readings[added].value);
		readings[added++].value = (struct mallctl_value){.type = MALLCTL_NONE};
	}
	mallctl_readings_deinit(readings, count);
	return added == count;
}

static void add_series(struct listing *listing, const char *name)
{
	uint64_t length = series_length(listing, name);

	for (unsigned first = 0; !listing->error && first < length;) {
		uint64_t left = length - first;
		unsigned count =
			left < MALLCTL_READINGS_MAX ? (unsigned)left : MALLCTL_READINGS_MAX;

		if (!add_part_of_series(listing, name, first, count))
			break;
		first += count;
	}
}

static bool says_a_number(const char *begun)
{
	const char *digit = strpbrk(begun, "0123456789");

	return digit && digit > begun && digit[-1] == '.';
}

static void consider(void *context, const char *expanded)
{
	struct listing *listing = context;
	char name[MALLCTL_NAME_SIZE];
	bool is_open;

	if (listing->error || !mallctl_pattern_fill(expanded, listing->begun, name))
		return;
	is_open = strchr(name, '#');
	if (!is_open || !says_a_number(listing->begun))
		add(listing, name, is_open, (struct mallctl_value){.type = MALLCTL_NONE});
	else if (listing->entry->access & MALLCTL_READ)
		add_series(listing, name);
}

static bool is_to_be_read(const struct mallctl_listed *listed)
{
	return listed->entry->access & MALLCTL_READ && listed->value.type == MALLCTL_NONE;
}

/* An open number is 0, to see whether there is such a name. */
static void choose_name(const struct mallctl_listed *listed, char ret[MALLCTL_NAME_SIZE])
{
	snprintf(ret, MALLCTL_NAME_SIZE, "%s", listed->name);
	for (char *at = ret; *at; at++)
		if (*at == '#')
			*at = '0';
}

static void take_reading(struct mallctl_listed *listed, struct mallctl_reading *reading)
{
	listed->result = reading->result;
	if (listed->is_open)
		mallctl_value_deinit(&reading->value);
	else
		listed->value = reading->value;
}

/* From *next on, as many as one call takes. */
static struct error *read_some(struct listing *listing, size_t *next)
{
	char names[MALLCTL_READINGS_MAX][MALLCTL_NAME_SIZE];
	struct mallctl_reading readings[MALLCTL_READINGS_MAX];
	struct mallctl_listed *listed[MALLCTL_READINGS_MAX];
	size_t count = 0;
	struct error *error;

	for (; *next < listing->list.count && count < MALLCTL_READINGS_MAX; ++*next) {
		listed[count] = &listing->list.items[*next];
		if (!is_to_be_read(listed[count]))
			continue;
		choose_name(listed[count], names[count]);
		readings[count] = (struct mallctl_reading){
			.name = names[count], .type = listed[count]->entry->type};
		count++;
	}
	error = count ? mallctl_read_all(listing->jemalloc, readings, count) : NULL;
	for (size_t i = 0; !error && i < count; i++)
		take_reading(listed[i], &readings[i]);
	return error;
}

/* Whether it is the same name with another type that this jemalloc has not. */
static bool has_other_type(const struct mallctl_listed *listed)
{
	const struct mallctl_name *first = mallctl_find_name(listed->name);

	return listed->result == EINVAL &&
	       (first != listed->entry || mallctl_former_name(first, listed->name));
}

static void leave_out_unknown(struct mallctl_list *list)
{
	size_t kept = 0;

	ARRAY_FOR_EACH (listed, list) {
		if (listed->result == ENOENT || has_other_type(listed))
			listed_deinit(listed);
		else
			list->items[kept++] = *listed;
	}
	list->count = kept;
}

struct error *mallctl_list_read(
	struct jemalloc *jemalloc, const char *begun, struct mallctl_list *ret)
{
	struct listing listing = {.jemalloc = jemalloc, .begun = begun};
	size_t count, next = 0;
	const struct mallctl_name *names = mallctl_names(&count);

	for (size_t i = 0; i < count; i++) {
		listing.entry = &names[i];
		if (!names[i].refusal)
			mallctl_pattern_expand(names[i].pattern, consider, &listing);
	}
	while (!listing.error && next < listing.list.count)
		listing.error = read_some(&listing, &next);
	if (listing.error) {
		mallctl_list_free(&listing.list);
		return listing.error;
	}
	leave_out_unknown(&listing.list);
	*ret = listing.list;
	return NULL;
}
