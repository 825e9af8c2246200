#include "../base/test_support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "jemalloc/mallctl.h"
#include "jemalloc/profiler.h"

static void assert_name(const char *name, const char *pattern)
{
	const struct mallctl_name *found = mallctl_find_name(name);

	if (!pattern && found)
		fail_msg("'%s' is taken for %s", name, found->pattern);
	if (!pattern)
		return;
	if (!found || strcmp(found->pattern, pattern) != 0)
		fail_msg("'%s' is %s, not %s", name, found ? found->pattern : "unknown", pattern);
}

static void indexes_are_any_numbers(void **state)
{
	(void)state;
	assert_name("version", "version");
	assert_name("stats.cactive", "stats.cactive");
	assert_name("stats.arenas.0.dss", "stats.arenas.#.dss");
	assert_name("stats.arenas.4096.nthreads", "stats.arenas.#.nthreads");
	assert_name("arena.99999999999999999999.purge", "arena.#.{decay,purge}");
	assert_name("arena.007.dss", "arena.#.dss");
	assert_name("", NULL);
	assert_name("stats", NULL);
	assert_name("stats.allocated.", NULL);
	assert_name("stats.allocate", NULL);
	assert_name("Version", NULL);
	assert_name("arena..purge", NULL);
	assert_name("arena.x.purge", NULL);
	assert_name("arena.-1.purge", NULL);
	assert_name("arena.1x.purge", NULL);
	assert_name("arena.#.purge", NULL);
	assert_name("arena.1", NULL);
	assert_name("arena.1.", NULL);
	assert_name("arenas.1.purge", NULL);
}

/* What jemalloc itself says of each: src/ctl.c. */
static const struct {
	const char *name;
	enum mallctl_type type;
	enum mallctl_access access;
} known[] = {
	{"version", MALLCTL_STRING, MALLCTL_READ},
	{"epoch", MALLCTL_UINT64, MALLCTL_READ_WRITE},
	{"background_thread", MALLCTL_BOOL, MALLCTL_READ_WRITE},
	{"max_background_threads", MALLCTL_SIZE, MALLCTL_READ_WRITE},
	{"config.prof", MALLCTL_BOOL, MALLCTL_READ},
	{"config.malloc_conf", MALLCTL_STRING, MALLCTL_READ},
	{"opt.prof", MALLCTL_BOOL, MALLCTL_READ},
	{"opt.prof_prefix", MALLCTL_STRING, MALLCTL_READ},
	{"opt.lg_prof_sample", MALLCTL_SIZE, MALLCTL_READ},
	{"opt.lg_prof_interval", MALLCTL_SSIZE, MALLCTL_READ},
	{"opt.narenas", MALLCTL_UNSIGNED, MALLCTL_READ},
	{"prof.active", MALLCTL_BOOL, MALLCTL_READ_WRITE},
	{"prof.dump", MALLCTL_STRING, MALLCTL_WRITE},
	{"prof.reset", MALLCTL_SIZE, MALLCTL_WRITE},
	{"prof.interval", MALLCTL_UINT64, MALLCTL_READ},
	{"stats.allocated", MALLCTL_SIZE, MALLCTL_READ},
	{"stats.arenas.0.nthreads", MALLCTL_UNSIGNED, MALLCTL_READ},
	{"stats.arenas.0.small.nmalloc", MALLCTL_UINT64, MALLCTL_READ},
	{"arenas.narenas", MALLCTL_UNSIGNED, MALLCTL_READ},
	{"arenas.dirty_decay_ms", MALLCTL_SSIZE, MALLCTL_READ_WRITE},
	{"opt.narenas", MALLCTL_UNSIGNED, MALLCTL_READ},
	{"opt.hpa_dirty_mult", MALLCTL_FIXED, MALLCTL_READ},
	{"opt.stats_interval", MALLCTL_SSIZE, MALLCTL_READ},
	{"prof.log_stop", MALLCTL_NONE, MALLCTL_WRITE},
	{"prof.stats.bins.3.live", MALLCTL_SAMPLES, MALLCTL_READ},
	{"stats.mutexes.prof_dump.total_wait_time", MALLCTL_UINT64, MALLCTL_READ},
	{"stats.arenas.1.mutexes.base.max_num_thds", MALLCTL_UNSIGNED, MALLCTL_READ},
	{"stats.arenas.1.bins.2.mutex.num_ops", MALLCTL_UINT64, MALLCTL_READ},
	{"stats.arenas.1.extents.9.retained_bytes", MALLCTL_SIZE, MALLCTL_READ},
	{"stats.arenas.1.hpa_shard.nonfull_slabs.2.ndirty_huge", MALLCTL_SIZE, MALLCTL_READ},
	{"arena.0.dss", MALLCTL_STRING, MALLCTL_READ_WRITE},
	{"arena.0.purge", MALLCTL_NONE, MALLCTL_WRITE},
	{"arena.0.dirty_decay_ms", MALLCTL_SSIZE, MALLCTL_READ_WRITE},
};

static void names_have_a_type_and_an_access(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const struct mallctl_name *entry;

		for (enum mallctl_access access = MALLCTL_READ; access <= MALLCTL_WRITE; access++) {
			if (!(known[i].access & access))
				continue;
			assert_success(mallctl_check(known[i].name, access, &entry));
			assert_int_equal(entry->type, known[i].type);
			assert_int_equal(entry->access, known[i].access);
		}
	}
}

static void patterns_are_told_apart(void **state)
{
	size_t count;
	const struct mallctl_name *names = mallctl_names(&count);

	(void)state;
	assert_true(count > 50);
	for (size_t i = 0; i < count; i++) {
		assert_true(names[i].type < MALLCTL_TYPE_COUNT);
		assert_true(
			names[i].access >= MALLCTL_READ && names[i].access <= MALLCTL_READ_WRITE);
		/* An order has nothing to be read. */
		assert_true(names[i].type != MALLCTL_NONE || names[i].access == MALLCTL_WRITE);
	}
}

static void types_have_a_size_and_a_text(void **state)
{
	static const struct {
		enum mallctl_type type;
		size_t size;
		const char *text;
	} cases[] = {
		{MALLCTL_BOOL, 1, "true or false"},
		{MALLCTL_UNSIGNED, 4, "a whole number of 32 bits"},
		{MALLCTL_SIZE, 8, "a whole number"},
		{MALLCTL_SSIZE, 8, "a whole number, which may be negative"},
		{MALLCTL_UINT64, 8, "a whole number"},
		{MALLCTL_STRING, 8, "a text"},
		{MALLCTL_FIXED, 4, "a number with a fraction"},
		{MALLCTL_SAMPLES, 16, "bytes and a count"},
		{MALLCTL_NONE, 0, "no value"},
	};

	(void)state;
	assert_int_equal(ARRAY_SIZE(cases), MALLCTL_TYPE_COUNT);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(mallctl_type_size(cases[i].type), cases[i].size);
		assert_string_equal(mallctl_type_text(cases[i].type), cases[i].text);
		assert_int_equal(
			mallctl_type_find(mallctl_type_word(cases[i].type)), cases[i].type);
	}
	assert_int_equal(mallctl_type_find("int"), MALLCTL_TYPE_COUNT);
	assert_int_equal(mallctl_type_find(""), MALLCTL_TYPE_COUNT);
}

static const struct {
	const char *name;
	enum mallctl_access access;
	enum error_kind kind;
	const char *message, *hint;
} mistakes[] = {
	{"stats.allocted", MALLCTL_READ, ERROR_NOT_FOUND,
		"there is no mallctl name 'stats.allocted'", "did you mean stats.allocated?"},
	{"prof_active", MALLCTL_WRITE, ERROR_NOT_FOUND, "there is no mallctl name 'prof_active'",
		"did you mean prof.active?"},
	{"stats.residnet", MALLCTL_READ, ERROR_NOT_FOUND,
		"there is no mallctl name 'stats.residnet'", "did you mean stats.resident?"},
	{"arena.all.purge", MALLCTL_WRITE, ERROR_NOT_FOUND,
		"there is no mallctl name 'arena.all.purge'", "did you mean arena.#.purge?"},
	{"xyzzy", MALLCTL_READ, ERROR_NOT_FOUND, "there is no mallctl name 'xyzzy'",
		"the names are those of jemalloc(3), such as stats.allocated; one that limpet "
		"does not know needs its type: ctl --type size NAME"},
	{"", MALLCTL_READ, ERROR_NOT_FOUND, "there is no mallctl name ''",
		"the names are those of jemalloc(3), such as stats.allocated; one that limpet "
		"does not know needs its type: ctl --type size NAME"},
	{"stats.allocated", MALLCTL_WRITE, ERROR_USAGE, "stats.allocated can only be read",
		"leave out the value: ctl stats.allocated"},
	{"arenas.narenas", MALLCTL_WRITE, ERROR_USAGE, "arenas.narenas can only be read",
		"leave out the value: ctl arenas.narenas"},
	{"prof.dump", MALLCTL_READ, ERROR_USAGE, "prof.dump can only be written",
		"it takes a text; what you want may be: heap dump"},
	{"prof.reset", MALLCTL_READ, ERROR_USAGE, "prof.reset can only be written",
		"it takes a whole number; what you want may be: heap reset, heap rate"},
	{"prof.prefix", MALLCTL_READ, ERROR_USAGE, "prof.prefix can only be written",
		"it takes a text"},
	{"arena.3.purge", MALLCTL_READ, ERROR_USAGE, "arena.3.purge can only be written",
		"it takes no value"},
	{"arena.3.reset", MALLCTL_WRITE, ERROR_USAGE,
		"limpet does not call arena.3.reset: it frees memory that the program still uses",
		NULL},
	{"arena.0.destroy", MALLCTL_WRITE, ERROR_USAGE,
		"limpet does not call arena.0.destroy: it frees memory that the program still "
		"uses",
		NULL},
	{"thread.allocated", MALLCTL_READ, ERROR_USAGE,
		"limpet does not call thread.allocated: it concerns the thread that asks, and "
		"that would be a borrowed one",
		NULL},
};

static void mistakes_are_explained(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		const struct mallctl_name *entry = NULL;

		assert_error(mallctl_check(mistakes[i].name, mistakes[i].access, &entry),
			mistakes[i].kind, mistakes[i].message, mistakes[i].hint);
		assert_null(entry);
	}
}

static const struct {
	const char *text;
	enum mallctl_type type;
	const char *shown; /* NULL: not of that type */
} values[] = {
	{"true", MALLCTL_BOOL, "true"},
	{"on", MALLCTL_BOOL, "true"},
	{"yes", MALLCTL_BOOL, "true"},
	{"1", MALLCTL_BOOL, "true"},
	{"enable", MALLCTL_BOOL, "true"},
	{"false", MALLCTL_BOOL, "false"},
	{"off", MALLCTL_BOOL, "false"},
	{"no", MALLCTL_BOOL, "false"},
	{"0", MALLCTL_BOOL, "false"},
	{"disable", MALLCTL_BOOL, "false"},
	{"2", MALLCTL_BOOL, NULL},
	{"True", MALLCTL_BOOL, NULL},
	{"", MALLCTL_BOOL, NULL},
	{"0", MALLCTL_UNSIGNED, "0"},
	{"4294967295", MALLCTL_UNSIGNED, "4294967295"},
	{"0xff", MALLCTL_UNSIGNED, "255"},
	{"4294967296", MALLCTL_UNSIGNED, NULL},
	{"-1", MALLCTL_UNSIGNED, NULL},
	{"1x", MALLCTL_UNSIGNED, NULL},
	{"", MALLCTL_UNSIGNED, NULL},
	{"18446744073709551615", MALLCTL_SIZE, "18446744073709551615"},
	{"0x10", MALLCTL_SIZE, "16"},
	{"18446744073709551616", MALLCTL_SIZE, NULL},
	{"-1", MALLCTL_SIZE, NULL},
	{"18446744073709551615", MALLCTL_UINT64, "18446744073709551615"},
	{"18446744073709551616", MALLCTL_UINT64, NULL},
	{"1.5", MALLCTL_UINT64, NULL},
	{"-1", MALLCTL_SSIZE, "-1"},
	{"10000", MALLCTL_SSIZE, "10000"},
	{"9223372036854775807", MALLCTL_SSIZE, "9223372036854775807"},
	{"-9223372036854775808", MALLCTL_SSIZE, "-9223372036854775808"},
	{"9223372036854775808", MALLCTL_SSIZE, NULL},
	{"-9223372036854775809", MALLCTL_SSIZE, NULL},
	{"--1", MALLCTL_SSIZE, NULL},
	{"-", MALLCTL_SSIZE, NULL},
	{"0.5", MALLCTL_FIXED, NULL},
	{"1 2", MALLCTL_SAMPLES, NULL},
	{"/a b/c", MALLCTL_STRING, "/a b/c"},
	{"", MALLCTL_STRING, ""},
	{"", MALLCTL_NONE, NULL},
	{"1", MALLCTL_NONE, NULL},
};

static void words_become_values_and_are_shown_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct mallctl_value value = {.type = MALLCTL_NONE};
		bool valid = mallctl_value_parse(values[i].text, values[i].type, &value);

		if (valid != (values[i].shown != NULL))
			fail_msg("'%s' as %s", values[i].text, mallctl_type_text(values[i].type));
		assert_int_equal(value.type, valid ? values[i].type : MALLCTL_NONE);
		CLEANUP(cleanup_free) char *shown = mallctl_value_format(&value);
		assert_string_equal(shown, valid ? values[i].shown : "");
		mallctl_value_deinit(&value);
		assert_int_equal(value.type, MALLCTL_NONE);
	}
}

static void a_null_pointer_is_shown_as_nothing(void **state)
{
	struct mallctl_value value = {.type = MALLCTL_STRING};
	CLEANUP(cleanup_free) char *shown = mallctl_value_format(&value);

	(void)state;
	assert_string_equal(shown, "");
	mallctl_value_deinit(&value);
}

static void fractions_and_samples_are_shown(void **state)
{
	const struct mallctl_value fixed = {.type = MALLCTL_FIXED, .fraction = 0.25};
	const struct mallctl_value samples = {
		.type = MALLCTL_SAMPLES, .samples = {.bytes = 4096, .count = 3}};
	CLEANUP(cleanup_free) char *fraction = mallctl_value_format(&fixed);
	CLEANUP(cleanup_free) char *sum = mallctl_value_format(&samples);

	(void)state;
	assert_string_equal(fraction, "0.25");
	assert_string_equal(sum, "4096 bytes in 3 samples");
}

/* A type that the user vouches for changes nothing about that. */
static void what_does_harm_is_refused_with_any_type(void **state)
{
	(void)state;
	assert_success(mallctl_check_harmless("stats.new_figure"));
	assert_success(mallctl_check_harmless("stats.allocated"));
	assert_error(mallctl_check_harmless("arena.4096.reset"), ERROR_USAGE,
		"limpet does not call arena.4096.reset: it frees memory that the program still "
		"uses",
		NULL);
	assert_error(mallctl_check_harmless("tcache.flush"), ERROR_USAGE,
		"limpet does not call tcache.flush: a thread may be using that cache at this "
		"moment",
		NULL);
}

static const struct {
	const char *name;
	int result;
	enum error_kind kind;
	const char *message, *hint;
} answers[] = {
	{"stats.allocated", ENOENT, ERROR_UNSUPPORTED,
		"the jemalloc in /lib/a.so does not know stats.allocated",
		"it was built without statistics (--disable-stats; in Rust, enable the feature "
		"'stats' of tikv-jemalloc-sys), or the index does not exist"},
	{"prof.active", ENOENT, ERROR_UNSUPPORTED,
		"the jemalloc in /lib/a.so does not know prof.active",
		"its heap profiler was not built in, or not switched on at start: `heap status` "
		"tells"},
	{"opt.prof_bt_max", ENOENT, ERROR_UNSUPPORTED,
		"the jemalloc in /lib/a.so does not know opt.prof_bt_max",
		"its heap profiler was not built in, or not switched on at start: `heap status` "
		"tells"},
	{"opt.thp", ENOENT, ERROR_UNSUPPORTED,
		"the jemalloc in /lib/a.so does not know opt.thp: another version, or built "
		"without it",
		NULL},
	{"arena.0.dss", EPERM, ERROR_UNSUPPORTED,
		"jemalloc does not permit that use of arena.0.dss", NULL},
	{"prof.reset", EINVAL, ERROR_UNSUPPORTED,
		"jemalloc does not take that value for prof.reset, or has another type for it",
		NULL},
	{"background_thread", EFAULT, ERROR_FAILED,
		"jemalloc could not do background_thread (EFAULT: it says no more than that)",
		NULL},
	{"prof.active", EAGAIN, ERROR_FAILED, "jemalloc ran out of memory in prof.active", NULL},
	{"epoch", ENOMEM, ERROR_NO_MEMORY, "mallctl epoch: Cannot allocate memory", NULL},
};

static const struct jemalloc_instance instance = {
	.path = (char[]){"/lib/a.so"}, .prefix = (char[]){"je_"}};

static void what_jemalloc_answers_is_explained(void **state)
{
	const struct jemalloc jemalloc = {.instance = &instance};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		assert_error(mallctl_explain(&jemalloc, answers[i].name, answers[i].result),
			answers[i].kind, answers[i].message, answers[i].hint);
}

/* jemalloc up to 5.2.1 would take the orders and do nothing. */
static void a_profiler_that_is_off_for_good_is_told_before(void **state)
{
	const struct jemalloc jemalloc = {.instance = &instance};
	struct profiler_status status = {.built_in = false, .enabled = true};

	(void)state;
	assert_error(profiler_require(&jemalloc, &status), ERROR_UNSUPPORTED,
		"the jemalloc in /lib/a.so was built without its heap profiler",
		"link one that was configured with --enable-prof: Debian's libjemalloc2 has it "
		"(LD_PRELOAD), in Rust it is the feature 'profiling' of tikv-jemallocator");
	status = (struct profiler_status){.built_in = true, .enabled = false};
	assert_error(profiler_require(&jemalloc, &status), ERROR_UNSUPPORTED,
		"the heap profiler of the jemalloc in /lib/a.so was not switched on when the "
		"process started (opt.prof is false), and cannot be since",
		"start the process with JE_MALLOC_CONF=prof:true,prof_active:false in its "
		"environment; it costs next to nothing until `heap on`");
	status.enabled = true;
	assert_success(profiler_require(&jemalloc, &status));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(indexes_are_any_numbers),
		cmocka_unit_test(names_have_a_type_and_an_access),
		cmocka_unit_test(patterns_are_told_apart),
		cmocka_unit_test(types_have_a_size_and_a_text),
		cmocka_unit_test(mistakes_are_explained),
		cmocka_unit_test(words_become_values_and_are_shown_again),
		cmocka_unit_test(a_null_pointer_is_shown_as_nothing),
		cmocka_unit_test(fractions_and_samples_are_shown),
		cmocka_unit_test(what_does_harm_is_refused_with_any_type),
		cmocka_unit_test(what_jemalloc_answers_is_explained),
		cmocka_unit_test(a_profiler_that_is_off_for_good_is_told_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
