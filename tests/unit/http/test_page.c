#include "../base/test_support.h"

#include <stdio.h>

#include "http/page.h"
#include "http/page_style.h"
#include "http/routes.h"

static struct http_page_process process(void)
{
	return (struct http_page_process){.pid = 42,
		.name = "server",
		.command = "/bin/server --all",
		.resident = 5 << 20,
		.cpu = 0.5,
		.heap = "",
		.heap_active = false,
		.problem = "",
		.doing = ""};
}

static struct http_page page_of(const struct http_page_process *processes, size_t count)
{
	return (struct http_page){.processes = processes,
		.count = count,
		.version = "1.2.3",
		.url = "http://127.0.0.1:6060/",
		.note = ""};
}

static void assert_has(const struct string_builder *text, const char *part)
{
	if (!strstr(text->text, part))
		fail_msg("no '%s' in:\n%s", part, text->text);
}

static void assert_lacks(const struct string_builder *text, const char *part)
{
	if (strstr(text->text, part))
		fail_msg("'%s' in:\n%s", part, text->text);
}

static void links_of_a_process(void **state)
{
	const struct http_page_process one = process();
	const struct http_page page = page_of(&one, 1);
	STRING_BUILDER(text);

	(void)state;
	http_page_render(&page, &text);
	assert_has(&text, "href=\"/pid/42/debug/pprof/profile?seconds=5&amp;format=svg\"");
	assert_has(&text, "href=\"/pid/42/debug/pprof/wall?seconds=30&amp;format=text\"");
	assert_has(&text, "href=\"/pid/42/debug/pprof/heap?format=pprof\"");
	assert_has(&text, "href=\"/pid/42/debug/pprof/allocs?seconds=10&amp;format=svg\"");
	assert_has(&text, "href=\"/pid/42/debug/pprof/threads?debug=1\"");
	assert_has(&text, "action=\"/pid/42/debug/pprof/heap/activate\"");
	assert_has(&text, "memory <b>5MB</b>");
	assert_has(&text, "CPU <b>50%</b>");
	assert_has(&text,
		"&#39;http://127.0.0.1:6060/name/server/debug/pprof/profile?seconds=30&#39;");
	assert_has(&text, page_css);
	assert_lacks(&text, "<script");
	assert_lacks(&text, "style=");
}

/* Every link and form leads to a row of the table. */
static void no_link_is_dead(void **state)
{
	const struct http_page_process one = process();
	struct http_page page = page_of(&one, 1);
	STRING_BUILDER(text);

	(void)state;
	page.only_one = true;
	http_page_render(&page, &text);
	size_t links = 0;
	for (const char *at = text.text; (at = strstr(at, "=\"/")); at++) {
		const char *path = at + 2;

		if (memcmp(at - 4, "href", 4) != 0 && memcmp(at - 6, "action", 6) != 0)
			continue;
		if (!http_route_find(path, strcspn(path, "?\"")))
			fail_msg("nothing is at %.*s", (int)strcspn(path, "\""), path);
		links++;
	}
	assert_true(links > 25);
}

static void what_comes_from_a_target_stays_text(void **state)
{
	struct http_page_process one = process();
	struct http_page page = page_of(&one, 1);
	STRING_BUILDER(text);

	(void)state;
	one.name = "\"><script>'&";
	one.command = "</code><img src=x onerror=alert(1)>\x01\x1b[2J";
	one.problem = "<i>";
	one.doing = "<u>";
	page.note = "<s>";
	page.version = "<v>";
	http_page_render(&page, &text);
	assert_lacks(&text, "<script");
	assert_lacks(&text, "<img");
	assert_lacks(&text, "<i>");
	assert_lacks(&text, "<u>");
	assert_lacks(&text, "<s>");
	assert_lacks(&text, "<v>");
	assert_lacks(&text, "\x01");
	assert_lacks(&text, "\x1b");
	assert_has(&text, "&quot;&gt;&lt;script&gt;&#39;&amp;</a>");
}

static void a_name_in_an_address(void **state)
{
	struct http_page_process one = process();
	struct http_page page = page_of(&one, 1);
	STRING_BUILDER(text);

	(void)state;
	one.name = "a b/%'\xc3\xa9";
	page.url = NULL;
	http_page_render(&page, &text);
	assert_has(&text, "http://HOST:PORT/name/a%20b%2F%25%27%C3%A9/debug/pprof/heap");
}

static void without_a_heap_or_anything(void **state)
{
	struct http_page_process one = process();
	const struct http_page page = page_of(&one, 1);
	STRING_BUILDER(text);
	STRING_BUILDER(nothing);

	(void)state;
	one.heap = "it uses glibc's malloc";
	one.cpu = -1;
	http_page_render(&page, &text);
	assert_has(&text, "No heap profile: it uses glibc&#39;s malloc");
	assert_lacks(&text, "<form");
	assert_lacks(&text, "/debug/pprof/heap?");
	assert_lacks(&text, "CPU <b>");
	one.problem = "it is traced by gdb";
	http_page_render(&page, &nothing);
	assert_has(&nothing, "it is traced by gdb");
	assert_lacks(&nothing, "/debug/pprof/profile?");
	assert_lacks(&nothing, "Commands to copy");
}

static void active_and_busy(void **state)
{
	struct http_page_process one = process();
	struct http_page page = page_of(&one, 1);
	STRING_BUILDER(text);

	(void)state;
	one.heap_active = true;
	one.doing = "cpu for 30s";
	page.needs_token = true;
	page.note = "a note";
	http_page_render(&page, &text);
	assert_has(&text, "action=\"/pid/42/debug/pprof/heap/deactivate\"");
	assert_has(&text, "heap sampling is on");
	assert_has(&text, "now: cpu for 30s");
	assert_has(&text, "Authorization: Bearer $TOKEN");
	assert_has(&text, ">a note<");
}

static void a_unix_socket(void **state)
{
	struct http_page_process one = process();
	struct http_page page = page_of(&one, 1);
	STRING_BUILDER(text);

	(void)state;
	page.url = "unix:/run/limpet.sock";
	page.only_one = true;
	http_page_render(&page, &text);
	assert_has(&text, "curl -o cpu.svg --unix-socket /run/limpet.sock "
			  "&#39;http://localhost/debug/pprof/profile.svg?seconds=30&#39;");
	assert_lacks(&text, "go tool pprof");
}

static void no_process(void **state)
{
	const struct http_page page = page_of(NULL, 0);
	STRING_BUILDER(text);

	(void)state;
	http_page_render(&page, &text);
	assert_has(&text, "There is no process to look at now.");
	assert_has(&text, "<title>limpet</title>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_of_a_process),
		cmocka_unit_test(no_link_is_dead),
		cmocka_unit_test(what_comes_from_a_target_stays_text),
		cmocka_unit_test(a_name_in_an_address),
		cmocka_unit_test(without_a_heap_or_anything),
		cmocka_unit_test(active_and_busy),
		cmocka_unit_test(a_unix_socket),
		cmocka_unit_test(no_process),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
