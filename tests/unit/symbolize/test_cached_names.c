#include "../base/test_directory.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "symbolize/cached_names.h"

#define LARGE (64 << 20)

static const uint8_t build_id[] = {0xab, 0xcd};

/* Addresses below the limit have a frame whose line is the address. */
struct source {
	size_t asked; /* how often */
	size_t addresses;
	uint64_t limit;
	bool incomplete;
};

static struct error *find(void *context, const uint64_t *addresses, size_t count,
	struct dwarf_visitor visitor, bool *ret_complete)
{
	struct source *source = context;
	struct error *error = NULL;

	source->asked++;
	source->addresses += count;
	for (size_t i = count; !error && i > 0; i--) {
		uint64_t address = addresses[i - 1];
		struct dwarf_frame frame = {.name = "function", .line = (uint32_t)address};

		if (address < source->limit)
			error = visitor.visit(visitor.context, i - 1, &frame, 1);
	}
	*ret_complete = !source->incomplete;
	return error;
}

struct answers {
	uint32_t lines[8]; /* by index; 0: not visited */
	size_t count;
};

static struct error *note(
	void *context, size_t index, const struct dwarf_frame *frames, size_t count)
{
	struct answers *answers = context;

	assert_int_equal(count, 1);
	assert_int_equal(answers->lines[index], 0);
	answers->lines[index] = frames[0].line;
	answers->count++;
	return NULL;
}

static struct answers ask(struct name_cache *cache, size_t id_length, struct source *source,
	const uint64_t *addresses, size_t count)
{
	struct answers answers = {0};

	assert_success(cached_names_find(cache, build_id, id_length, addresses, count,
		(struct name_finder){find, source}, (struct dwarf_visitor){note, &answers}));
	return answers;
}

static struct name_cache *open_cache(void)
{
	struct name_cache *cache;

	assert_success(name_cache_open("./cache", LARGE, &cache));
	return cache;
}

static void what_was_found_is_not_looked_for_again(void **state)
{
	static const uint64_t addresses[] = {3, 5, 200}, more[] = {3, 4, 5, 200};
	CLEANUP(cleanup_name_cache) struct name_cache *cache = open_cache();
	struct source source = {.limit = 100};
	struct answers answers;

	(void)state;
	answers = ask(cache, 2, &source, addresses, 3);
	assert_int_equal(answers.count, 2);
	assert_int_equal(answers.lines[0], 3);
	assert_int_equal(answers.lines[1], 5);
	assert_int_equal(source.asked, 1);
	answers = ask(cache, 2, &source, addresses, 3);
	assert_int_equal(answers.count, 2);
	assert_int_equal(answers.lines[0], 3);
	assert_int_equal(answers.lines[1], 5);
	assert_int_equal(source.asked, 1);
	/* Only what is new. */
	answers = ask(cache, 2, &source, more, 4);
	assert_int_equal(answers.count, 3);
	assert_int_equal(answers.lines[0], 3);
	assert_int_equal(answers.lines[1], 4);
	assert_int_equal(answers.lines[2], 5);
	assert_int_equal(source.asked, 2);
	assert_int_equal(source.addresses, 4);
}

static void what_is_not_complete_is_looked_for_again(void **state)
{
	static const uint64_t addresses[] = {3, 55};
	CLEANUP(cleanup_name_cache) struct name_cache *cache = open_cache();
	struct source source = {.limit = 100, .incomplete = true};

	(void)state;
	assert_int_equal(ask(cache, 2, &source, addresses, 2).count, 2);
	source.incomplete = false;
	assert_int_equal(ask(cache, 2, &source, addresses, 2).count, 2);
	assert_int_equal(ask(cache, 2, &source, addresses, 2).count, 2);
	assert_int_equal(source.addresses, 4);
}

/* Its debug file may be installed meanwhile. */
static void that_nothing_is_known_is_not_kept(void **state)
{
	static const uint64_t addresses[] = {3, 5};
	CLEANUP(cleanup_name_cache) struct name_cache *cache = open_cache();
	struct source source = {.limit = 0};

	(void)state;
	assert_int_equal(ask(cache, 2, &source, addresses, 2).count, 0);
	source.limit = 100;
	assert_int_equal(ask(cache, 2, &source, addresses, 2).count, 2);
}

static void without_a_cache_or_a_build_id_everything_is_looked_for(void **state)
{
	static const uint64_t addresses[] = {3, 5};
	CLEANUP(cleanup_name_cache) struct name_cache *cache = open_cache();
	struct source source = {.limit = 100};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(ask(NULL, 2, &source, addresses, 2).count, 2);
		assert_int_equal(ask(cache, 0, &source, addresses, 2).count, 2);
	}
	assert_int_equal(source.asked, 4);
	assert_int_equal(access("cache", F_OK), -1);
}

static void a_cache_that_cannot_be_written_is_no_error(void **state)
{
	static const uint64_t addresses[] = {3, 5};
	CLEANUP(cleanup_name_cache) struct name_cache *cache = open_cache();
	struct source source = {.limit = 100};

	(void)state;
	/* A link is not followed, and no folder made in its place. */
	assert_int_equal(symlink("nowhere", "cache"), 0);
	assert_int_equal(ask(cache, 2, &source, addresses, 2).count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIRECTORY(what_was_found_is_not_looked_for_again),
		TEST_IN_DIRECTORY(what_is_not_complete_is_looked_for_again),
		TEST_IN_DIRECTORY(that_nothing_is_known_is_not_kept),
		TEST_IN_DIRECTORY(without_a_cache_or_a_build_id_everything_is_looked_for),
		TEST_IN_DIRECTORY(a_cache_that_cannot_be_written_is_no_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
