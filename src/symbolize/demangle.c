#include "symbolize/demangle.h"

#include <ctype.h>
#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/string_builder.h"

/*
 * A short symbol that refers back to itself can stand for gigabytes of text. libiberty bounds its
 * recursion, not its output; its callback interface holds no memory while it calls back, apart
 * from one identifier of non-ASCII Rust, so that it can be left with a jump.
 */
#define SYMBOL_LENGTH_MAX   (16 * 1024)
#define READABLE_LENGTH_MAX (16 * 1024)

#define D_SYMBOL_LENGTH_MAX   4096
#define D_READABLE_LENGTH_MAX (16UL * 1024 * 1024)
#define D_REFERENCES_MAX      32

#define OPTIONS (DMGL_PARAMS | DMGL_ANSI)

struct output {
	struct string_builder text;
	jmp_buf too_long;
};

static void take_piece(const char *piece, size_t length, void *context)
{
	struct output *output = context;

	if (output->text.failed || length > READABLE_LENGTH_MAX - output->text.length)
		longjmp(output->too_long, 1);
	string_append_bytes(&output->text, piece, length);
}

typedef int demangle_function(
	const char *symbol, int options, demangle_callbackref take, void *context);

static bool run(demangle_function *function, const char *symbol, struct output *output)
{
	if (setjmp(output->too_long))
		return false;
	return function(symbol, OPTIONS, take_piece, output);
}

static char *run_demangler(demangle_function *function, const char *symbol, const char *suffix)
{
	struct output output = {0};
	char *text = NULL;

	if (run(function, symbol, &output) && output.text.length) {
		if (*suffix)
			string_append_format(&output.text, " [clone %s]", suffix);
		error_destroy(string_builder_finish(&output.text, &text));
	}
	string_builder_deinit(&output.text);
	return text;
}

/* ".llvm." and a number, put behind what ThinLTO made global; it may not be the last suffix. */
static void cut_llvm_suffix(char *symbol)
{
	static const char mark[] = ".llvm.";
	char *start = strstr(symbol, mark);

	if (!start)
		return;
	const char *rest = start + strlen(mark);
	while (isalnum((unsigned char)*rest))
		rest++;
	memmove(start, rest, strlen(rest) + 1);
}

/* A legacy Rust symbol ends with E behind its hash; dots in front of it belong to the name. */
static char *end_of_legacy_rust(char *symbol)
{
	for (char *at = symbol; (at = strstr(at, "17h")); at++) {
		char *end = at + 3 + strspn(at + 3, "0123456789abcdef");

		if (end - at == 3 + 16 && *end == 'E')
			return end + 1;
	}
	return NULL;
}

/* Cuts off what the compiler put behind a Rust symbol. Returns it. */
static char *cut_rust_suffix(char *symbol)
{
	char *end =
		strncmp(symbol, "_R", 2) == 0 ? strchr(symbol, '.') : end_of_legacy_rust(symbol);
	char *suffix;

	if (!end || *end != '.')
		return NULL;
	suffix = strdup(end);
	if (suffix)
		*end = '\0';
	return suffix;
}

static char *demangle_rust(const char *symbol)
{
	CLEANUP(cleanup_free) char *name = strdup(symbol);
	CLEANUP(cleanup_free) char *suffix = name ? cut_rust_suffix(name) : NULL;

	return name ? run_demangler(rust_demangle_callback, name, suffix ? suffix : "") : NULL;
}

/*
 * libiberty has no callback interface for D, and its output is bounded by nothing: with each back
 * reference to what has two itself the text doubles. With k of them in a row that each refer k
 * times to the next, at most 3 to the power of a third of their number is what the length is
 * multiplied by. They begin with Q, as names may, too: all are counted. Real symbols have few.
 */
static bool is_bounded_d(const char *symbol)
{
	size_t longest = strlen(symbol), references = 0;

	if (longest > D_SYMBOL_LENGTH_MAX)
		return false;
	for (const char *at = symbol; *at; at++)
		if (*at == 'Q' && ++references % 3 == 0)
			longest *= 3;
	return longest <= D_READABLE_LENGTH_MAX && references <= D_REFERENCES_MAX;
}

/* "_D" and the length of a name: "_D3foo3barFZv". Names of C may begin so, too: "_Data", "_D1". */
static bool is_d(const char *symbol)
{
	return strcmp(symbol, "_Dmain") == 0 ||
	       (strncmp(symbol, "_D", 2) == 0 && symbol[2] >= '1' && symbol[2] <= '9' &&
		       strlen(symbol) > strlen("_D1aZ"));
}

static char *demangle_d(const char *symbol)
{
	CLEANUP(cleanup_free) char *name = strndup(symbol, strcspn(symbol, "."));
	CLEANUP(cleanup_free) char *readable = NULL;
	const char *suffix = strchr(symbol, '.');
	char *text;

	if (!name || !is_bounded_d(name))
		return NULL;
	readable = dlang_demangle(name, OPTIONS);
	if (!readable || !*readable || strlen(readable) > READABLE_LENGTH_MAX)
		return NULL;
	if (!suffix)
		return TAKE_POINTER(readable);
	return asprintf(&text, "%s [clone %s]", readable, suffix) < 0 ? NULL : text;
}

char *demangle(const char *symbol)
{
	CLEANUP(cleanup_free) char *name = NULL;
	char *text;

	if (is_d(symbol))
		return demangle_d(symbol);
	if ((strncmp(symbol, "_Z", 2) != 0 && strncmp(symbol, "_R", 2) != 0) ||
		strlen(symbol) > SYMBOL_LENGTH_MAX)
		return NULL;
	name = strdup(symbol);
	if (!name)
		return NULL;
	cut_llvm_suffix(name);
	text = demangle_rust(name);
	return text ? text : run_demangler(cplus_demangle_v3_callback, name, "");
}
