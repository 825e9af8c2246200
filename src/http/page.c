#include "http/page.h"

#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/quantity.h"
#include "http/page_style.h"
#include "http/routes.h"

#define PLACE_FOR_URL "http://HOST:PORT/"

static void append_escaped(struct string_builder *to, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			string_append(to, "&amp;");
			break;
		case '<':
			string_append(to, "&lt;");
			break;
		case '>':
			string_append(to, "&gt;");
			break;
		case '"':
			string_append(to, "&quot;");
			break;
		case '\'':
			string_append(to, "&#39;");
			break;
		default:
			/* Control characters are no text of HTML. */
			if ((unsigned char)*text < ' ' || *text == 0x7f)
				string_append_char(to, ' ');
			else
				string_append_char(to, *text);
		}
}

static void append_encoded(struct string_builder *to, const char *text)
{
	for (; *text; text++)
		if ((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
			(*text >= '0' && *text <= '9') || strchr("-._~", *text))
			string_append_char(to, *text);
		else
			string_append_format(to, "%%%02X", (unsigned char)*text);
}

/* What stands before the route's path. */
static void append_base(struct string_builder *to, const struct http_page *page,
	const struct http_page_process *process)
{
	if (!page->only_one)
		string_append_format(to, "/pid/%d", process->pid);
}

static void append_link(struct string_builder *to, const struct http_page *page,
	const struct http_page_process *process, const char *path, const char *text)
{
	string_append(to, "<a href=\"");
	append_base(to, page, process);
	append_escaped(to, path);
	string_append_format(to, "\">%s</a>", text);
}

/* One cell: the same in three formats, with what it says in front. */
struct offer {
	const char *span, *path;
};

struct offer_row {
	const char *title;
	bool heap;
	struct offer offers[2];
};

static const struct offer_row offer_rows[] = {
	{"CPU", false,
		{{"5 s", "/debug/pprof/profile?seconds=5"},
			{"30 s", "/debug/pprof/profile?seconds=30"}}},
	{"Wall", false,
		{{"5 s", "/debug/pprof/wall?seconds=5"}, {"30 s", "/debug/pprof/wall?seconds=30"}}},
	{"Heap", true, {{"now", "/debug/pprof/heap"}, {"10 s", "/debug/pprof/heap?seconds=10"}}},
	{"Allocs", true,
		{{"now", "/debug/pprof/allocs"}, {"10 s", "/debug/pprof/allocs?seconds=10"}}},
};

static void append_offer(struct string_builder *to, const struct http_page *page,
	const struct http_page_process *process, const struct offer *offer)
{
	static const struct {
		const char *name, *format;
	} formats[] = {{"text", "text"}, {"flame&nbsp;graph", "svg"}, {"pprof", "pprof"}};

	string_append_format(to, "<td><span>%s</span>", offer->span);
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		STRING_BUILDER(path);

		string_append_format(&path, "%s%cformat=%s", offer->path,
			strchr(offer->path, '?') ? '&' : '?', formats[i].format);
		if (path.failed)
			to->failed = true;
		else
			append_link(to, page, process, path.text, formats[i].name);
		string_append_char(to, ' ');
	}
	string_append(to, "</td>");
}

static void append_offers(struct string_builder *to, const struct http_page *page,
	const struct http_page_process *process)
{
	string_append(to, "<table>\n");
	for (size_t i = 0; i < ARRAY_SIZE(offer_rows); i++) {
		const struct offer_row *row = &offer_rows[i];

		if (row->heap && *process->heap)
			continue;
		string_append_format(to, "<tr><th scope=\"row\">%s</th>", row->title);
		for (size_t j = 0; j < ARRAY_SIZE(row->offers); j++)
			append_offer(to, page, process, &row->offers[j]);
		string_append(to, "</tr>\n");
	}
	string_append(to, "<tr><th scope=\"row\">Stacks</th><td><span>now</span>");
	append_link(to, page, process, "/debug/pprof/threads?debug=1", "text");
	string_append(to, "</td><td></td></tr>\n</table>\n");
}

static void append_switch(struct string_builder *to, const struct http_page *page,
	const struct http_page_process *process)
{
	string_append(to, "<form method=\"post\" action=\"");
	append_base(to, page, process);
	string_append_format(to,
		"/debug/pprof/heap/%s\"><button>%s heap sampling</button></form>\n",
		process->heap_active ? "deactivate" : "activate",
		process->heap_active ? "Stop" : "Start");
}

static void append_heap(struct string_builder *to, const struct http_page *page,
	const struct http_page_process *process)
{
	if (!*process->heap) {
		append_switch(to, page, process);
		return;
	}
	string_append(to, "<p class=\"problem\">No heap profile: ");
	append_escaped(to, process->heap);
	string_append(to, "</p>\n");
}

/* A command to copy, up to the path. */
static void append_client(struct string_builder *to, const struct http_page *page,
	const struct http_page_process *process, const char *client, const char *path)
{
	const char *url = page->url ? page->url : PLACE_FOR_URL;
	bool local = strncmp(url, "unix:", 5) == 0;

	string_append_format(to, "<code>%s ", client);
	if (local) {
		string_append(to, "--unix-socket ");
		append_escaped(to, url + 5);
		string_append_char(to, ' ');
	}
	string_append(to, "&#39;");
	append_escaped(to, local ? "http://localhost/" : url);
	if (page->only_one)
		string_append(to, path + 1);
	else {
		string_append(to, "name/");
		append_encoded(to, process->name);
		append_escaped(to, path);
	}
	string_append(to, "&#39;</code>");
}

static void append_commands(struct string_builder *to, const struct http_page *page,
	const struct http_page_process *process)
{
	const char *curl = page->needs_token
				   ? "curl -H &quot;Authorization: Bearer $TOKEN&quot; -o cpu.svg"
				   : "curl -o cpu.svg";
	bool local = page->url && strncmp(page->url, "unix:", 5) == 0;

	string_append(to, "<details><summary>Commands to copy</summary><pre>");
	append_client(to, page, process, curl, "/debug/pprof/profile.svg?seconds=30");
	if (!local) {
		append_client(to, page, process,
			"go tool pprof -http=:", "/debug/pprof/profile?seconds=30");
		if (!*process->heap)
			append_client(
				to, page, process, "go tool pprof -http=:", "/debug/pprof/heap");
		if (!*process->heap)
			append_client(to, page, process, "jeprof --text", "/pprof/heap");
	}
	string_append(to, "</pre>");
	if (page->needs_token && !local)
		string_append(to, "<p>To pprof and jeprof, the token is given in the address: "
				  "http://limpet:TOKEN@\xe2\x80\xa6</p>");
	string_append(to, "</details>\n");
}

static void append_figures(struct string_builder *to, const struct http_page_process *process)
{
	char size[QUANTITY_SIZE];

	string_append_format(to, "<ul class=\"figures\"><li>memory <b>%s</b></li>",
		format_bytes((double)process->resident, size));
	if (process->cpu >= 0 && isfinite(process->cpu))
		string_append_format(to, "<li>CPU <b>%.*f%%</b></li>", process->cpu < 0.1 ? 1 : 0,
			process->cpu * 100);
	if (!*process->heap)
		string_append(to, process->heap_active ? "<li class=\"on\">heap sampling is on</li>"
						       : "<li>heap sampling is off</li>");
	if (*process->doing) {
		string_append(to, "<li class=\"on\">now: ");
		append_escaped(to, process->doing);
		string_append(to, "</li>");
	}
	string_append(to, "</ul>\n");
}

static void append_process(struct string_builder *to, const struct http_page *page,
	const struct http_page_process *process)
{
	string_append(to, "<article>\n<h2>");
	string_append(to, "<a href=\"");
	append_base(to, page, process);
	string_append(to, "/debug/pprof/\">");
	append_escaped(to, process->name);
	string_append_format(
		to, "</a> <small>%d</small></h2>\n<code class=\"command\" title=\"", process->pid);
	append_escaped(to, process->command);
	string_append(to, "\">");
	append_escaped(to, process->command);
	string_append(to, "</code>\n");
	append_figures(to, process);
	if (*process->problem) {
		string_append(to, "<p class=\"problem\">");
		append_escaped(to, process->problem);
		string_append(to, "</p>\n");
	} else {
		append_offers(to, page, process);
		append_heap(to, page, process);
		append_commands(to, page, process);
	}
	string_append(to, "</article>\n");
}

/* All paths, from the table that requests are read with. */
static void append_routes(struct string_builder *to, const struct http_page *page)
{
	string_append(to, "<details><summary>All paths</summary><table>\n");
	for (size_t i = 0; i < http_route_count; i++) {
		const struct http_route *route = &http_routes[i];

		if (!route->description)
			continue;
		string_append(to, "<tr><th><code>");
		if (!route->of_all && !page->only_one)
			string_append(to, "/name/NAME");
		append_escaped(to, route->path);
		string_append(to, "</code></th><td>");
		append_escaped(to, route->description);
		string_append(to, "</td></tr>\n");
	}
	string_append(to, "</table></details>\n");
}

static void append_header(struct string_builder *to, const struct http_page *page)
{
	string_append(to, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			  "<meta name=\"viewport\" content=\"width=device-width, "
			  "initial-scale=1\">\n<title>");
	if (page->count == 1) {
		append_escaped(to, page->processes[0].name);
		string_append(to, " \xc2\xb7 ");
	}
	string_append(to, "limpet</title>\n<style>");
	string_append(to, page_css);
	string_append(to, "</style>\n</head>\n<body>\n<header><h1>limpet</h1><p>");
	append_escaped(to, page->version);
	string_append(to, "</p><p><a href=\"/\">all processes</a></p>"
			  "<p><a href=\"/metrics\">metrics</a></p>");
	if (*page->note) {
		string_append(to, "<p class=\"note\">");
		append_escaped(to, page->note);
		string_append(to, "</p>");
	}
	string_append(to, "</header>\n<main>\n");
}

void http_page_render(const struct http_page *page, struct string_builder *to)
{
	append_header(to, page);
	for (size_t i = 0; i < page->count; i++)
		append_process(to, page, &page->processes[i]);
	if (!page->count)
		string_append(to, "<p>There is no process to look at now.</p>\n");
	string_append(to, "</main>\n<footer>\n");
	append_routes(to, page);
	string_append(to, "</footer>\n</body>\n</html>\n");
}
