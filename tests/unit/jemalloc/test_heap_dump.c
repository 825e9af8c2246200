#include "heap_support.h"

#include <regex.h>
#include <stdbool.h>
#include <stdio.h>

#define DAMAGED "the file is damaged, or no heap dump of jemalloc 4.0 to 5.3"
#define DISK    "was the disk full when it was dumped?"
#define HEAD    "heap_v2/524288\n  t*: 1: 64 [0: 0]\n  t1: 1: 64 [0: 0] main\n"
#define ROWS    "  t*: 1: 64 [0: 0]\n  t1: 1: 64 [0: 0]\n"

static void both_kinds_are_recognized(void **state)
{
	(void)state;
	assert_true(heap_dump_recognize("heap_v2/1\n", 10));
	assert_true(heap_dump_recognize("heap_v2/", 8));
	assert_true(heap_dump_recognize("heap profile: 1: 2", 18));
	assert_false(heap_dump_recognize("heap_v2", 7));
	assert_false(heap_dump_recognize("heap_v3/1\n", 10));
	assert_false(heap_dump_recognize("\x1f\x8b", 2));
	assert_false(heap_dump_recognize(NULL, 0));
}

static void at_rate_1_every_object_was_sampled(void **state)
{
	CLEANUP(cleanup_profile)
	struct profile *profile = parsed("heap_v2/1\n  t*: 3: 24 [0: 0]\n@ 0x1001\n"
					 "  t*: 3: 3 [0: 0]\n");

	(void)state;
	assert_int_equal(total(profile, "inuse_objects"), 3);
	assert_int_equal(total(profile, "inuse_space"), 3);
	assert_int_equal(profile->period, 1);
}

static void threads_share_in_the_estimate_of_the_process(void **state)
{
	CLEANUP(cleanup_profile)
	struct profile *profile = parsed("heap_v2/524288\n"
					 "  t*: 2: 1048592 [0: 0]\n"
					 "  t0: 1: 16 [0: 0]\n"
					 "  t3: 1: 1048576 [0: 0] io worker (1)\n"
					 "@ 0x1001 0x2001\n"
					 "  t*: 2: 1048592 [0: 0]\n"
					 "  t0: 1: 16 [0: 0]\n"
					 "  t3: 1: 1048576 [0: 0]\n"
					 "@ 0x3001\n"
					 "  t*: 10: 160 [0: 0]\n"
					 "  t9: 10: 160 [0: 0]\n");

	(void)state;
	assert_int_equal(profile->samples.count, 3);
	assert_int_equal(profile->stacks.entries.count, 2);
	/* t* is estimated at 3.16 objects and 1658833 bytes; the threads by themselves at more. */
	const int64_t values[] = {3, 1, 500704, 0, 1, 1158129, 327685, 10, 5242960};
	assert_int_equal(profile->values.count, 9);
	assert_memory_equal(profile->values.items, values, sizeof(values));

	assert_null(find_label(profile, 0, "thread"));
	assert_int_equal(find_label(profile, 0, "jemalloc_thread")->number, 0);
	assert_int_equal(find_label(profile, 0, "bytes")->number, 16);
	const struct profile_label *name = find_label(profile, 1, "thread");
	assert_string_equal(profile_text(profile, name->text), "io worker (1)");
	assert_int_equal(find_label(profile, 1, "jemalloc_thread")->number, 3);
	const struct profile_label *size = find_label(profile, 1, "bytes");
	assert_int_equal(size->number, 1048576);
	assert_string_equal(profile_text(profile, size->unit), "bytes");
	assert_null(find_label(profile, 2, "thread"));
	assert_int_equal(find_label(profile, 2, "jemalloc_thread")->number, 9);
}

static void without_threads_the_process_counts(void **state)
{
	CLEANUP(cleanup_profile)
	struct profile *profile = parsed("heap_v2/524288\n  t*: 10: 160 [0: 0]\n@ 0x1001\n"
					 "  t*: 10: 160 [0: 0]\n@ 0x2001\n"
					 "  t*: 1: 1048576 [0: 0]\n");

	(void)state;
	assert_int_equal(profile->samples.count, 2);
	assert_int_equal(total(profile, "inuse_space"), 5242960 + 1212697);
	assert_null(find_label(profile, 0, "jemalloc_thread"));
	assert_int_equal(find_label(profile, 0, "bytes")->number, 16);
}

static void types_without_accumulated_figures(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = parsed(HEAD "@ 0x1001\n" ROWS);

	(void)state;
	assert_int_equal(profile->value_types.count, 3);
	const struct profile_value_type *types = profile->value_types.items;
	assert_string_equal(profile_text(profile, types[0].type), "inuse_objects");
	assert_string_equal(profile_text(profile, types[0].unit), "count");
	assert_string_equal(profile_text(profile, types[1].type), "inuse_samples");
	assert_string_equal(profile_text(profile, types[1].unit), "count");
	assert_string_equal(profile_text(profile, types[2].type), "inuse_space");
	assert_string_equal(profile_text(profile, types[2].unit), "bytes");
	assert_string_equal(profile_text(profile, profile->period_type.type), "space");
	assert_string_equal(profile_text(profile, profile->period_type.unit), "bytes");
	assert_int_equal(profile->default_sample_type, 0);
	assert_int_equal(profile->comments.count, 4);
	assert_comment(profile, 0, "mappings: none in the dump");
	assert_comment(profile, 1, "raw samples: 1");
	assert_comment(profile, 2, "sampling rate: 524288 bytes");
	assert_comment(profile, 3,
		"what was freed is not counted: that takes prof_accum:true at the program's start");
}

static void a_stack_that_was_freed_has_accumulated_figures(void **state)
{
	CLEANUP(cleanup_profile)
	struct profile *profile = parsed("heap_v2/524288\n"
					 "  t*: 0: 0 [11: 1048736]\n"
					 "  t1: 0: 0 [11: 1048736]\n"
					 "@ 0x1001\n"
					 "  t*: 0: 0 [10: 160]\n"
					 "  t1: 0: 0 [10: 160]\n"
					 "@ 0x2001\n"
					 "  t*: 1: 1048576 [1: 1048576]\n"
					 "  t1: 1: 1048576 [1: 1048576]\n"
					 "@ 0x3001\n"
					 "  t*: 0: 0 [0: 0]\n"
					 "  t1: 0: 0 [0: 0]\n");

	(void)state;
	const int64_t values[] = {327685, 10, 5242960, 0, 0, 0, 1, 1, 1212697, 1, 1, 1212697};
	assert_int_equal(profile->value_types.count, 6);
	assert_string_equal(
		profile_text(profile, profile->value_types.items[0].type), "alloc_objects");
	assert_string_equal(
		profile_text(profile, profile->value_types.items[1].type), "alloc_samples");
	assert_int_equal(profile->samples.count, 2); /* where all is 0 there is no sample */
	assert_memory_equal(profile->values.items, values, sizeof(values));
	assert_int_equal(find_label(profile, 0, "bytes")->number, 16);
	assert_comment(profile, 1, "raw samples: 1");
	assert_comment(profile, 3, "alloc_space and alloc_objects count what was freed, too");
}

static void counts_without_bytes_are_kept(void **state)
{
	CLEANUP(cleanup_profile)
	struct profile *profile = parsed(HEAD "@ 0x1001\n  t*: 7: 0 [0: 0]\n  t1: 7: 0 [0: 0]\n"
					      "@ 0x2001\n  t*: 0: 9 [0: 0]\n  t1: 0: 9 [0: 0]\n");

	(void)state;
	assert_int_equal(profile->samples.count, 2);
	assert_int_equal(total(profile, "inuse_objects"), 7);
	assert_int_equal(total(profile, "inuse_space"), 9);
	assert_null(find_label(profile, 0, "bytes"));
}

static void figures_that_are_too_large_stop_at_the_end(void **state)
{
	CLEANUP(cleanup_profile)
	struct profile *profile =
		parsed("heap_v2/18446744073709551615\n  t*: 1: 1 [0: 0]\n@ 0x1001\n"
		       "  t*: 18446744073709551615: 1 [0: 0]\n@ 0x2001\n"
		       "  t*: 1: 18446744073709551615 [0: 0]\n");

	(void)state;
	assert_true(total(profile, "inuse_objects") == INT64_MAX);
	assert_true(total(profile, "inuse_space") == INT64_MAX);
	assert_true(profile->period == INT64_MAX);
}

#define MAPS                                                                                       \
	"400000-500000 rw-p 00000000 00:00 0 \n"                                                   \
	"555500000000-555500001000 r--p 00000000 08:01 7 /usr/bin/demo\n"                          \
	"555500001000-555500009000 r-xp 00001000 08:01 7 /usr/bin/demo\n"                          \
	"555500009000-55550000a000 rw-p 00009000 08:01 7 /usr/bin/demo\n"                          \
	"7f0000000000-7f0000100000 r-xp 00002000 08:01 8 /usr/lib/libjemalloc.so.2 (deleted)\n"    \
	"7ffff0000000-7ffff0001000 r-xp 00000000 00:00 0 [vdso]\n"

static void addresses_find_their_mappings(void **state)
{
	CLEANUP(cleanup_profile)
	struct profile *profile = parsed(HEAD
		"@ 0x7f0000001000 0x555500001001 0x555500009000 0x555500001000 0x0 0x7ffff0000123"
		" 0x555500009001\n" ROWS "\nMAPPED_LIBRARIES:\n" MAPS);

	(void)state;
	assert_int_equal(profile->mappings.count, 3);
	const struct profile_mapping *mappings = profile->mappings.items;
	assert_string_equal(profile_text(profile, mappings[0].path), "/usr/bin/demo");
	assert_int_equal(mappings[0].start, 0x555500001000);
	assert_int_equal(mappings[0].limit, 0x555500009000);
	assert_int_equal(mappings[0].offset, 0x1000);
	assert_string_equal(profile_text(profile, mappings[1].path), "/usr/lib/libjemalloc.so.2");
	assert_string_equal(profile_text(profile, mappings[2].path), "[vdso]");

	static const struct {
		uint64_t address;
		uint32_t mapping;
	} frames[] = {
		{0x7f0000000fff, 1},
		{0x555500001000, 0},
		{0x555500008fff, 0},
		{0x555500000fff, PROFILE_NONE},
		{0, PROFILE_NONE},
		{0x7ffff0000122, 2},
		{0x555500009000, PROFILE_NONE},
	};
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		assert_int_equal(frame(profile, 0, i)->address, frames[i].address);
		assert_int_equal(frame(profile, 0, i)->mapping, frames[i].mapping);
	}
	assert_comment(profile, 0, "raw samples: 1");
}

/* Two addresses whose low bits are equal are two locations, each time. */
static void equal_low_bits_are_no_equal_address(void **state)
{
	CLEANUP(cleanup_profile)
	struct profile *profile = parsed(HEAD "@ 0x10000001 0x20000001 0x10000001\n" ROWS);

	(void)state;
	assert_int_equal(profile->locations.count, 2);
	assert_int_equal(frame(profile, 0, 0)->address, 0x10000000);
	assert_int_equal(frame(profile, 0, 1)->address, 0x20000000);
	assert_ptr_equal(frame(profile, 0, 0), frame(profile, 0, 2));
}

static void the_main_binary_is_the_first_mapping(void **state)
{
	CLEANUP(cleanup_profile)
	struct profile *low = parsed(HEAD "@ 0x1001\n" ROWS "\nMAPPED_LIBRARIES:\n"
					  "1000-2000 r-xp 00000000 00:00 0 \n"
					  "3000-4000 r--p 00000000 08:01 7 /opt/a b/demo\n"
					  "4000-5000 r-xp 00000000 08:01 8 /usr/lib/libc.so.6\n"
					  "5000-6000 r-xp 00001000 08:01 7 /opt/a b/demo\n");
	CLEANUP(cleanup_profile)
	struct profile *remapped = parsed(HEAD "@ 0x1001\n" ROWS "\nMAPPED_LIBRARIES:\n"
					       "3000-4000 r--p 00000000 08:01 7 /usr/bin/demo\n"
					       "4000-5000 r-xp 00000000 00:00 0 \n");

	(void)state;
	assert_int_equal(low->mappings.count, 3);
	assert_string_equal(profile_text(low, low->mappings.items[0].path), "/opt/a b/demo");
	assert_int_equal(low->mappings.items[0].start, 0x5000);
	assert_int_equal(frame(low, 0, 0)->mapping, 1);
	assert_int_equal(remapped->mappings.count, 2);
	assert_int_equal(remapped->mappings.items[0].start, 0x3000);
	assert_string_equal(profile_text(remapped, remapped->mappings.items[1].path), "");
}

static void unreadable_mappings_leave_the_dump_good(void **state)
{
	static const struct {
		const char *maps, *comment;
		size_t mappings;
	} cases[] = {
		{"\nMAPPED_LIBRARIES:\n" MAPS "garbage\n",
			"mappings: unreadable, line 7: not a line of a maps file", 0},
		{"\nMAPPED_LIBRARIES:\n" MAPS "1000-2000 r-xp 00000000 08:01 9 /a\n",
			"mappings: unreadable, line 7: addresses out of order", 0},
		{"\nMAPPED_LIBRARIES:\n" MAPS "7ffff0002000-7ff", "mappings: the list is cut short",
			3},
		{"\nMAPPED_LIBRARIES:\n" MAPS "\n\n", "raw samples: 1", 3},
		{"\nMAPPED_LIBRARIES:\n", "mappings: none in the dump", 0},
		{"\nMAPPED_LIBRARIES:", "mappings: none in the dump", 0},
		{"", "mappings: none in the dump", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[2048] = HEAD "@ 0x1001\n" ROWS;

		strcat(text, cases[i].maps);
		CLEANUP(cleanup_profile) struct profile *profile = parsed(text);
		assert_comment(profile, 0, cases[i].comment);
		assert_int_equal(profile->mappings.count, cases[i].mappings);
		assert_int_equal(total(profile, "inuse_space"), 524320);
	}
}

static void a_stack_without_addresses_is_kept(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = parsed(HEAD "@\n" ROWS);

	(void)state;
	assert_int_equal(total(profile, "inuse_space"), 524320);
	const struct profile_location *location = frame(profile, 0, 0);
	assert_int_equal(location->line_count, 1);
	uint32_t function = profile->lines.items[location->first_line].function;
	assert_string_equal(
		profile_text(profile, profile_function(profile, function)->name), "[no stack]");
}

static void the_older_head_and_its_formulas(void **state)
{
	static const struct {
		const char *scale;
		int64_t period, objects, space;
	} cases[] = {
		{"@ heap_v2/524288", 524288, 327685, 5242960},
		{"@ heapz_v2/524288", 524288, 327685, 5242960},
		{"@ heap/524288", 262144, 163840, 2621440},
		{"@ heap", 1, 10, 160},
		{"@ heap/", 1, 10, 160},
		{"@ heapprofile", 1, 10, 160},
		{"@ heapprofile/524288", 1, 10, 160},
		{"@ growth/524288", 1, 10, 160},
		{"@ heap_v2/0", 1, 10, 160},
		{"", 1, 10, 160},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[512];

		snprintf(text, sizeof(text),
			"heap profile:    10:      160 [    10:      160] %s\n"
			"    10:      160 [    10:      160] @ 0x00001001 0x00002001\n\n"
			"MAPPED_LIBRARIES:\n1000-2000 r-xp 00000000 08:01 7 /usr/bin/demo\n",
			cases[i].scale);
		CLEANUP(cleanup_profile) struct profile *profile = parsed(text);
		assert_int_equal(profile->value_types.count, 3);
		assert_int_equal(profile->period, cases[i].period);
		assert_int_equal(total(profile, "inuse_objects"), cases[i].objects);
		assert_int_equal(total(profile, "inuse_samples"), 10);
		assert_int_equal(total(profile, "inuse_space"), cases[i].space);
		assert_int_equal(frame(profile, 0, 0)->address, 0x1000);
		assert_int_equal(frame(profile, 0, 0)->mapping, 0);
		assert_int_equal(find_label(profile, 0, "bytes")->number, 16);
		assert_null(find_label(profile, 0, "jemalloc_thread"));
		assert_comment(profile, 0, "raw samples: 10");
		assert_comment(profile, 1,
			cases[i].period == 524288   ? "sampling rate: 524288 bytes"
			: cases[i].period == 262144 ? "sampling rate: 262144 bytes"
						    : "sampling rate: not told, figures as dumped");
	}
}

static void the_older_head_with_accumulated_figures(void **state)
{
	CLEANUP(cleanup_profile)
	struct profile *profile =
		parsed("heap profile: 1: 8 [ 3: 48] @ heapprofile\n"
		       "1: 8 [2: 16] @ 0x1001\n"
		       "0: 0 [1: 32] @ 0x2001\n"
		       "--- Memory map: ---\n1000-3000 r-xp 00000000 08:01 7 /usr/bin/demo\n");

	(void)state;
	const int64_t values[] = {2, 2, 16, 1, 1, 8, 1, 1, 32, 0, 0, 0};
	assert_int_equal(profile->samples.count, 2);
	assert_memory_equal(profile->values.items, values, sizeof(values));
	assert_int_equal(profile->mappings.count, 1);
}

#define FIGURES "COUNT: BYTES [COUNT: BYTES]"

static void malformed_dumps_are_told_where(void **state)
{
	static const struct {
		const char *text, *message, *hint;
	} cases[] = {
		{"", "the file is empty", DISK},
		{"heap_v3/1\n", "line 1: expected 'heap_v2/RATE' or 'heap profile: ...'",
			"this is no heap dump of jemalloc"},
		{"heap_v2/5242", "line 1: the file ends in the middle of a line", DISK},
		{"heap_v2/524288\n", "line 1: the file ends in the middle of its head", DISK},
		{"heap_v2/\n", "line 1: expected 'heap_v2/RATE', the rate a number above 0",
			DAMAGED},
		{"heap_v2/0\n", "line 1: expected 'heap_v2/RATE', the rate a number above 0",
			DAMAGED},
		{"heap_v2/1 x\n", "line 1: expected 'heap_v2/RATE', the rate a number above 0",
			DAMAGED},
		{"heap_v2/1\n  t*: 1: 64\n",
			"line 2: expected 't*: " FIGURES "' or 't1: " FIGURES "'", DAMAGED},
		{"heap_v2/1\n  t-1: 1: 64 [0: 0]\n",
			"line 2: expected 't*: " FIGURES "' or 't1: " FIGURES "'", DAMAGED},
		{"heap_v2/1\n  t9223372036854775808: 1: 64 [0: 0]\n",
			"line 2: expected 't*: " FIGURES "' or 't1: " FIGURES "'", DAMAGED},
		{"heap_v2/1\n@ 0x1\n", "line 2: expected 't*: " FIGURES "'", DAMAGED},
		{HEAD "junk\n",
			"line 4: expected '@', a row 't1: " FIGURES "' or MAPPED_LIBRARIES:",
			DAMAGED},
		{HEAD "@ 0x1001 0x20", "line 4: the file ends in the middle of a line", DISK},
		{HEAD "@ 0x1001 0x2001\n", "line 4: the file ends in the middle of a stack", DISK},
		{HEAD "@ 0x1001\n\nMAPPED_LIBRARIES:\n" MAPS,
			"line 5: the file ends in the middle of a stack", DISK},
		{HEAD "@ 0x1001\n  t*: 1: 64 [0: ", "line 5: the file ends in the middle of a line",
			DISK},
		{HEAD "@ 0x1001\n@ 0x2001\n" ROWS, "line 5: expected 't*: " FIGURES "'", DAMAGED},
		{HEAD "@ 0x1001\n  t1: 1: 64 [0: 0]\n", "line 5: expected 't*: " FIGURES "'",
			DAMAGED},
		{HEAD "@ 0x1001\n" ROWS "  t*: 1: 64 [0: 0]\n",
			"line 7: expected 't1: " FIGURES "'", DAMAGED},
		{HEAD "@ 0x1001\n" ROWS "  t2: 1: 64 [0: 0] name\n",
			"line 7: expected 't1: " FIGURES "'", DAMAGED},
		{HEAD "@ 0x1001\n" ROWS "MAPPED_LIBRARI",
			"line 7: the file ends in the middle of a line", DISK},
		{HEAD "@ 1001 main\n" ROWS,
			"line 4: expected addresses such as 0x55d0c8a00000 behind '@'", DAMAGED},
		{HEAD "@ 0x10000000000000000\n" ROWS,
			"line 4: expected addresses such as 0x55d0c8a00000 behind '@'", DAMAGED},
		{HEAD "@0x1001,0x2001\n" ROWS,
			"line 4: expected addresses such as 0x55d0c8a00000 behind '@'", DAMAGED},
		{HEAD "@ 0x1001\n  t*: 99999999999999999999: 64 [0: 0]\n",
			"line 5: expected 't*: " FIGURES "'", DAMAGED},
		{"heap profile: x\n", "line 1: expected 'heap profile: " FIGURES " @ TYPE/PERIOD'",
			DAMAGED},
		{"heap profile: 1: 2 [3: 4] @ heap/1\n1: 2 [3: 4]\n",
			"line 2: expected '" FIGURES " @ ADDRESSES' or MAPPED_LIBRARIES:", DAMAGED},
		{"heap profile: 1: 2 [3: 4] @ heap/1\n1: 2 [3: 4] @ 0x1",
			"line 2: the file ends in the middle of a line", DISK},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct profile *profile = NULL;

		assert_error(parse(cases[i].text, &profile), ERROR_MALFORMED, cases[i].message,
			cases[i].hint);
		assert_null(profile);
	}
}

static bool drops(const struct profile *profile, const char *name)
{
	char pattern[2048];
	regex_t regex;

	snprintf(pattern, sizeof(pattern), "^(%s)$", profile_text(profile, profile->drop_frames));
	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	bool matches = regexec(&regex, name, 0, NULL, 0) == 0;
	regfree(&regex);
	return matches;
}

/* The names are as pprof compares them: without the list of arguments. */
static void allocator_frames_are_dropped_and_no_others(void **state)
{
	static const char *const dropped[] = {"malloc", "calloc", "realloc", "posix_memalign",
		"aligned_alloc", "mallocx", "operator new", "operator new[]", "_Znwm",
		"_ZnamRKSt9nothrow_t", "je_malloc", "je_malloc_default", "je_prof_backtrace",
		"_rjem_malloc", "_rjem_je_prof_tctx_create", "prof_backtrace_impl",
		"prof_alloc_prep.isra.0", "imalloc_body.constprop.0", "libjemalloc.so.2+0x22044",
		"__rust_alloc", "__rustc::__rust_alloc_zeroed",
		"__rustc[5224e6b81cd82a8f]::__rust_realloc", "alloc::alloc::alloc",
		"alloc::alloc::alloc::h0123456789abcdef", "alloc::alloc::Global::alloc_impl",
		"<alloc::alloc::Global as core::alloc::Allocator>::allocate",
		"<tikv_jemallocator::Jemalloc as core::alloc::global::GlobalAlloc>::alloc"};
	static const char *const kept[] = {"main", "zmalloc", "malloc_and_log", "my_malloc",
		"prof_main", "operator newer", "std::vector<int>::push_back", "__rust_try",
		"__rust_begin_short_backtrace", "libjemalloc_user.so+0x10", "libc.so.6+0x22044",
		"alloc::vec::Vec<T>::with_capacity", "alloc::raw_vec::finish_grow",
		"jemalloc_pprof::dump", "start_thread", ""};
	CLEANUP(cleanup_profile) struct profile *profile = parsed(HEAD);

	(void)state;
	for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
		if (!drops(profile, dropped[i]))
			fail_msg("'%s' is kept", dropped[i]);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (drops(profile, kept[i]))
			fail_msg("'%s' is dropped", kept[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_kinds_are_recognized),
		cmocka_unit_test(at_rate_1_every_object_was_sampled),
		cmocka_unit_test(threads_share_in_the_estimate_of_the_process),
		cmocka_unit_test(without_threads_the_process_counts),
		cmocka_unit_test(types_without_accumulated_figures),
		cmocka_unit_test(a_stack_that_was_freed_has_accumulated_figures),
		cmocka_unit_test(counts_without_bytes_are_kept),
		cmocka_unit_test(figures_that_are_too_large_stop_at_the_end),
		cmocka_unit_test(addresses_find_their_mappings),
		cmocka_unit_test(equal_low_bits_are_no_equal_address),
		cmocka_unit_test(the_main_binary_is_the_first_mapping),
		cmocka_unit_test(unreadable_mappings_leave_the_dump_good),
		cmocka_unit_test(a_stack_without_addresses_is_kept),
		cmocka_unit_test(the_older_head_and_its_formulas),
		cmocka_unit_test(the_older_head_with_accumulated_figures),
		cmocka_unit_test(malformed_dumps_are_told_where),
		cmocka_unit_test(allocator_frames_are_dropped_and_no_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
