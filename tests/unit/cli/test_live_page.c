#include "../base/test_support.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/live_page.h"
#include "cli/text_columns.h"

#define MILLISECOND ((int64_t)NANOSECONDS_PER_MILLISECOND)
#define LONG_NAME                                                                                  \
	"std::map<std::string, Entry, std::less<std::string> >::operator[](std::string const&)"

static struct live_function functions[] = {
	{"parse_line", "tiny", 1200 * MILLISECOND, 1300 * MILLISECOND},
	{LONG_NAME, "libentry.so.1", 600 * MILLISECOND, 700 * MILLISECOND},
	{"read(2)", "", 150 * MILLISECOND, 150 * MILLISECOND},
	{"main", "tiny", 50 * MILLISECOND, 2000 * MILLISECOND},
};

static struct thread_usage threads[] = {
	{"worker-1", 4243, 1500 * MILLISECOND, 'R'},
	{"worker-2", 4244, 500 * MILLISECOND, 'X'},
	{"tiny", 4242, 0, 'S'},
};

static struct live_picture picture_of_tiny(void)
{
	struct live_picture picture = {
		.process = "4242 tiny",
		.rate = 99,
		.thread_count = 3,
		.window =
			{
				.elapsed = 4 * NANOSECONDS_PER_SECOND,
				.cpu_time = 2 * NANOSECONDS_PER_SECOND,
				.samples = 198,
				.held = 4 * NANOSECONDS_PER_MILLISECOND,
				.own_time = 80 * NANOSECONDS_PER_MILLISECOND,
			},
		.since =
			{
				.elapsed = 65 * NANOSECONDS_PER_SECOND,
				.cpu_time = 30 * NANOSECONDS_PER_SECOND,
			},
		.rows =
			{
				.functions = {functions, ARRAY_SIZE(functions), 0},
				.threads = {threads, ARRAY_SIZE(threads), 0},
				.total = 2000 * MILLISECOND,
			},
	};

	for (int i = 0; i < 99; i++)
		pauses_add(&picture.window.pauses, 22000);
	for (int i = 0; i < 2; i++)
		pauses_add(&picture.window.pauses, 120000);
	return picture;
}

/* Lines, without the blanks at their ends. */
static char *page_text(const struct live_picture *picture, struct live_view *view, size_t width,
	size_t height, size_t *ret_cursor)
{
	CLEANUP(live_page_deinit) struct live_page page = {0};
	STRING_BUILDER(text);
	char *result;

	assert_success(live_page_make(picture, view, width, height, &page));
	assert_int_equal(page.lines.count, height);
	ARRAY_FOR_EACH (line, &page.lines) {
		size_t length = strlen(line->text);

		assert_true(text_columns(line->text, length) <= width);
		while (length && line->text[length - 1] == ' ')
			length--;
		string_append_bytes(&text, line->text, length);
		string_append_char(&text, '\n');
	}
	*ret_cursor = page.cursor;
	assert_success(string_builder_finish(&text, &result));
	return result;
}

static void assert_page(struct live_view *view, size_t width, size_t height, const char *expected)
{
	const struct live_picture picture = picture_of_tiny();
	size_t cursor;
	CLEANUP(cleanup_free) char *text = page_text(&picture, view, width, height, &cursor);

	assert_string_equal(text, expected);
	assert_true(cursor == SIZE_MAX);
}

static void a_wide_page_has_it_all(void **state)
{
	struct live_view view = {0};

	(void)state;
	assert_page(&view, 100, 18,
		"limpet  4242 tiny  last 4s  99 Hz\n"
		"CPU 0.50 cores   2 of 3 threads used it   30s in 1.08mins since the start\n"
		"50 samples/s   stops p50 23us p99 120us, 0.20% of its CPU time   limpet "
		"2.0% of a core\n"
		"  SELF  cores   total  cores  MODULE         FUNCTION\n"
		" 60.0%   0.30   65.0%   0.33  tiny           parse_line\n"
		" 30.0%   0.15   35.0%   0.17  libentry.so.1  std::map::operator[]\n"
		"  7.5%   0.04    7.5%   0.04                 read(2)\n"
		"  2.5%   0.01  100.0%   0.50  tiny           main\n"
		"\n"
		"\n"
		"\n"
		"\n"
		"\n"
		"   CPU  cores      TID  STATE     THREAD\n"
		" 75.0%   0.38     4243  running   worker-1\n"
		" 25.0%   0.12     4244  gone      worker-2\n"
		"  0.0%   0.00     4242  sleeping  tiny\n"
		"q quit   ? help   p pause   / filter   o by total   v functions   s save   r "
		"reset\n");
}

static void a_small_page_has_what_matters_most(void **state)
{
	struct live_view view = {.by_total = true};

	(void)state;
	assert_page(&view, 40, 10,
		"limpet  4242 tiny  last 4s  99 Hz\n"
		"CPU 0.50 cores   2 of 3 threads used it\n"
		"  self  TOTAL  FUNCTION\n"
		" 60.0%  65.0%  parse_line\n"
		" 30.0%  35.0%  std::map::operator[]\n"
		"  7.5%   7.5%  read(2)\n"
		"  2.5% 100.0%  main\n"
		"\n"
		"\n"
		"q quit   ? help   p pause   / filter\n");
}

static void threads_can_be_shown_alone(void **state)
{
	struct live_view view = {.pane = LIVE_THREADS, .filter = "WORK"};

	(void)state;
	assert_page(&view, 40, 10,
		"limpet  4242 tiny  last 4s  99 Hz\n"
		"CPU 0.50 cores   2 of 3 threads used it\n"
		"Only what holds \"WORK\"; Esc shows all.\n"
		"   CPU     TID  STATE     THREAD\n"
		" 75.0%    4243  running   worker-1\n"
		" 25.0%    4244  gone      worker-2\n"
		"\n"
		"\n"
		"\n"
		"q quit   ? help   p pause   / filter\n");
}

static void functions_are_filtered_by_name_or_module(void **state)
{
	struct live_view view = {.pane = LIVE_FUNCTIONS, .filter = "entry"};

	(void)state;
	assert_page(&view, 60, 10,
		"limpet  4242 tiny  last 4s  99 Hz\n"
		"CPU 0.50 cores   2 of 3 threads used it   50 samples/s\n"
		"Only what holds \"entry\"; Esc shows all.\n"
		"  SELF  total  FUNCTION\n"
		" 30.0%  35.0%  std::map::operator[]\n"
		"\n"
		"\n"
		"\n"
		"\n"
		"q quit   ? help   p pause   / filter   o by total   s save\n");
	strcpy(view.filter, "nothing");
	assert_page(&view, 60, 10,
		"limpet  4242 tiny  last 4s  99 Hz\n"
		"CPU 0.50 cores   2 of 3 threads used it   50 samples/s\n"
		"Only what holds \"nothing\"; Esc shows all.\n"
		"  SELF  total  FUNCTION\n"
		"no function or module holds that\n"
		"\n"
		"\n"
		"\n"
		"\n"
		"q quit   ? help   p pause   / filter   o by total   s save\n");
}

static void the_state_and_messages_are_shown(void **state)
{
	struct live_view view = {.paused = true, .scroll = 99, .message = "saved in a\033b"};

	(void)state;
	assert_page(&view, 45, 10,
		"limpet  4242 tiny  last 4s  99 Hz      PAUSED\n"
		"CPU 0.50 cores   2 of 3 threads used it\n"
		"saved in a\xef\xbf\xbd"
		"b\n"
		"  SELF  total  FUNCTION\n"
		" 60.0%  65.0%  parse_line\n"
		" 30.0%  35.0%  std::map::operator[]\n"
		"  7.5%   7.5%  read(2)\n"
		"  2.5% 100.0%  main\n"
		"\n"
		"q quit   ? help   p go on   / filter   s save\n");
	assert_int_equal(view.scroll, 0);
	view = (struct live_view){.ended = true, .pane = LIVE_THREADS};
	assert_page(&view, 60, 10,
		"limpet  4242 tiny  last 4s  99 Hz      the process has ended\n"
		"CPU 0.50 cores   2 of 3 threads used it   50 samples/s\n"
		"The process has ended. q leaves, s saves.\n"
		"   CPU     TID  STATE     THREAD\n"
		" 75.0%    4243  running   worker-1\n"
		" 25.0%    4244  gone      worker-2\n"
		"  0.0%    4242  sleeping  tiny\n"
		"\n"
		"\n"
		"q quit   ? help   p pause   / filter   o by total   v both\n");
}

static void a_long_list_scrolls_to_its_end(void **state)
{
	static struct live_function many[50];
	struct live_picture picture = picture_of_tiny();
	struct live_view view = {.pane = LIVE_FUNCTIONS, .scroll = 1000};
	size_t cursor;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (struct live_function){i == 49 ? "last" : "f", "", 1, 1};
	picture.rows.functions = (struct live_functions){many, ARRAY_SIZE(many), 0};
	CLEANUP(cleanup_free) char *text = page_text(&picture, &view, 60, 12, &cursor);
	assert_non_null(strstr(text, "last\nq quit"));
	assert_int_equal(view.scroll, 50 - 8);
	assert_int_equal(view.page, 7);
}

static void what_is_typed_is_seen_at_its_end(void **state)
{
	const struct live_picture picture = picture_of_tiny();
	struct live_view view = {
		.prompt = LIVE_PROMPT_SAVE, .input = "/a/very/long/folder/that/has/no/room.pb.gz"};
	size_t cursor;
	CLEANUP(cleanup_free) char *text = page_text(&picture, &view, 40, 10, &cursor);

	(void)state;
	assert_non_null(strstr(text, "\nSave to: /folder/that/has/no/room.pb.gz\n"));
	assert_int_equal(cursor, 39);
}

static void without_samples_it_says_so(void **state)
{
	const struct live_picture picture = {.process = "1 x", .rate = 1, .thread_count = 1};
	struct live_view view = {0};
	size_t cursor;
	CLEANUP(cleanup_free) char *text = page_text(&picture, &view, 80, 24, &cursor);

	(void)state;
	assert_non_null(strstr(text, "no CPU time was used yet\n"));
	assert_non_null(strstr(text, "CPU 0.00 cores   0 of 1 threads used it   0 in 0 since"));
}

static void a_terminal_that_is_too_small_is_told_so(void **state)
{
	struct live_view view = {0};

	(void)state;
	assert_page(&view, 39, 10, "too small: 39x10, not 40x10\n\n\n\n\n\n\n\n\n\n");
	assert_page(&view, 100, 2, "too small: 100x2, not 40x10\n\n");
	assert_page(&view, 5, 1, "too s\n");
}

/* Whatever the size, every line fits, and there are as many as the terminal has. */
static void every_size_is_filled(void **state)
{
	const struct live_picture picture = picture_of_tiny();

	(void)state;
	for (size_t size = 0; size < (size_t)130 * 40 * LIVE_PANE_COUNT; size++) {
		size_t width = size % 130 + 1, height = size / 130 % 40 + 1, cursor;
		struct live_view view = {.pane = (enum live_pane)(size / 130 / 40),
			.help = height % 7 == 0,
			.message = "m",
			.prompt = (enum live_prompt)(width % 3)};
		CLEANUP(cleanup_free)
		char *text = page_text(&picture, &view, width, height, &cursor);

		assert_non_null(text);
		assert_true(cursor == SIZE_MAX || cursor < width);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wide_page_has_it_all),
		cmocka_unit_test(a_small_page_has_what_matters_most),
		cmocka_unit_test(threads_can_be_shown_alone),
		cmocka_unit_test(functions_are_filtered_by_name_or_module),
		cmocka_unit_test(the_state_and_messages_are_shown),
		cmocka_unit_test(a_long_list_scrolls_to_its_end),
		cmocka_unit_test(what_is_typed_is_seen_at_its_end),
		cmocka_unit_test(without_samples_it_says_so),
		cmocka_unit_test(a_terminal_that_is_too_small_is_told_so),
		cmocka_unit_test(every_size_is_filled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
