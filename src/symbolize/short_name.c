#include "symbolize/short_name.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

#define NESTING_MAX 16

/* What is left to read, and what is made of it. */
struct shortening {
	const char *at, *end;
	struct string_builder *out;
	size_t start;    /* in out: of the name, behind what stays in front of it */
	size_t type;     /* in out: behind a space that ends a return type, if parameters follow */
	unsigned nested; /* parentheses that are part of the name */
	unsigned depth;
};

static bool is_name_character(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || c == '\'' || (c & 0x80);
}

static bool starts_with(const char *at, const char *end, const char *text)
{
	size_t length = strlen(text);

	return (size_t)(end - at) >= length && memcmp(at, text, length) == 0;
}

/* Takes the text if it is next. */
static bool take(struct shortening *s, const char *text)
{
	if (!starts_with(s->at, s->end, text))
		return false;
	s->at += strlen(text);
	return true;
}

static bool has_written(const struct shortening *s, const char *text)
{
	size_t length = strlen(text), written = s->out->length - s->start;

	return !s->out->failed && written >= length &&
	       memcmp(s->out->text + s->out->length - length, text, length) == 0;
}

static char last_written(const struct shortening *s)
{
	return s->out->length > s->start ? s->out->text[s->out->length - 1] : '\0';
}

static void cut(struct shortening *s, size_t length)
{
	if (s->out->length > length)
		s->out->text[s->out->length = length] = '\0';
}

/* Behind what closes the bracket at the beginning, or NULL. No angle bracket counts. */
static const char *skip_bracket(const char *at, const char *end)
{
	size_t depth = 0;

	for (; at < end; at++) {
		if (strchr("([{", *at))
			depth++;
		else if (strchr(")]}", *at) && --depth == 0)
			return at + 1;
	}
	return NULL;
}

/* The same for an angle bracket; arrows close nothing, nor what is in other brackets. */
static const char *skip_angle(const char *at, const char *end)
{
	size_t depth = 0;

	while (at < end) {
		if (strchr("([{", *at)) {
			at = skip_bracket(at, end);
			if (!at)
				return NULL;
			continue;
		}
		if (starts_with(at, end, "->") || starts_with(at, end, "=>")) {
			at += 2;
			continue;
		}
		if (*at == '<')
			depth++;
		else if (*at == '>' && --depth == 0)
			return at + 1;
		at++;
	}
	return NULL;
}

static void append_rest(struct shortening *s)
{
	string_append_bytes(s->out, s->at, (size_t)(s->end - s->at));
	s->at = s->end;
}

static void append_type(struct shortening *s);

/* A part of the text by itself, with what it is made of by append(). */
static void append_part(struct shortening *s, const char *from, const char *to,
	void (*append)(struct shortening *part))
{
	struct shortening part = {
		.at = from,
		.end = to,
		.out = s->out,
		.start = s->out->length,
		.type = s->out->length,
		.depth = s->depth + 1,
	};

	if (part.depth > NESTING_MAX)
		append_rest(&part);
	else
		append(&part);
}

/* Where the words stand between types, outside of all brackets; NULL: nowhere. */
static const char *find_word(const char *at, const char *end, const char *word)
{
	while (at && at < end) {
		if (strchr("([{", *at))
			at = skip_bracket(at, end);
		else if (*at == '<')
			at = skip_angle(at, end);
		else if (starts_with(at, end, word))
			return at;
		else
			at++;
	}
	return NULL;
}

static void append_pair(struct shortening *s, const char *type, const char *type_end,
	const char *trait, const char *trait_end)
{
	string_append_char(s->out, '<');
	append_part(s, type, type_end, append_type);
	string_append(s->out, " as ");
	append_part(s, trait, trait_end, append_type);
	string_append_char(s->out, '>');
}

/* Of a type or trait only the last name of its path, without arguments. */
static void append_type(struct shortening *s)
{
	size_t path = s->out->length;

	while (s->at < s->end) {
		if (*s->at == '<') {
			const char *begin = s->at, *close = skip_angle(begin, s->end), *as;

			if (!close) {
				append_rest(s);
				return;
			}
			s->at = close;
			as = find_word(begin + 1, close - 1, " as ");
			if (as && s->out->length == path) {
				append_pair(s, begin + 1, as, as + strlen(" as "), close - 1);
				if (take(s, "::"))
					string_append(s->out, "::");
				path = s->out->length;
			}
		} else if (take(s, "::")) {
			if (!starts_with(s->at, s->end, "<"))
				cut(s, path);
		} else {
			char c = *s->at++;

			string_append_char(s->out, c);
			if (!is_name_character(c))
				path = s->out->length;
		}
	}
}

static void append_name(struct shortening *s);

/* The path of a type that has functions of its own; "[T]" and the like are no path. */
static void append_path(struct shortening *s, const char *type, const char *type_end)
{
	if (is_name_character(*type) && !find_word(type, type_end, " ")) {
		append_part(s, type, type_end, append_name);
		return;
	}
	string_append_char(s->out, '<');
	append_part(s, type, type_end, append_type);
	string_append_char(s->out, '>');
}

/* "<impl Trait for Type>", behind the path of where it is written. */
static void append_implementation(struct shortening *s, const char *begin, const char *close)
{
	const char *trait = begin + strlen("<impl ");
	const char *as = find_word(trait, close - 1, " for ");

	cut(s, s->start);
	if (as) {
		append_pair(s, as + strlen(" for "), close - 1, trait, as);
		return;
	}
	append_path(s, trait, close - 1);
}

/* "<Type as Trait>", and "<Type>", which is the path of the type. */
static void append_qualified(struct shortening *s, const char *begin, const char *close)
{
	const char *as = find_word(begin + 1, close - 1, " as ");

	if (as)
		append_pair(s, begin + 1, as, as + strlen(" as "), close - 1);
	else
		append_path(s, begin + 1, close - 1);
}

static void take_angle(struct shortening *s)
{
	const char *begin = s->at, *close = skip_angle(begin, s->end);
	char before = last_written(s);

	if (!close) {
		append_rest(s);
		return;
	}
	s->at = close;
	if (starts_with(begin, close, "<impl ") && has_written(s, "::"))
		append_implementation(s, begin, close);
	else if (!before || before == ' ' || before == '(')
		append_qualified(s, begin, close);
	else if (has_written(s, "::"))
		cut(s, s->out->length - strlen("::"));
}

/* Longer ones before those that they begin with. */
static const char *const operators[] = {
	"()",
	"[]",
	"<=>",
	"<<=",
	">>=",
	"->*",
	"<<",
	">>",
	"<=",
	">=",
	"->",
	"==",
	"!=",
	"&&",
	"||",
	"++",
	"--",
	"+=",
	"-=",
	"*=",
	"/=",
	"%=",
	"^=",
	"&=",
	"|=",
	"<",
	">",
	"+",
	"-",
	"*",
	"/",
	"%",
	"^",
	"&",
	"|",
	"~",
	"!",
	"=",
	",",
	" new[]",
	" delete[]",
	" new",
	" delete",
	" co_await",
};

static bool take_operator_symbol(struct shortening *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++) {
		if (!take(s, operators[i]))
			continue;
		string_append(s->out, operators[i]);
		/* "operator< <int>" */
		if (starts_with(s->at, s->end, " <"))
			s->at++;
		return true;
	}
	return false;
}

/* Behind a conversion's type: the last parameters in the text are the operator's own. */
static const char *end_of_conversion(const struct shortening *s)
{
	const char *last = s->end;

	for (const char *at = s->at; at && at < s->end;) {
		if (*at == '(') {
			last = at;
			at = skip_bracket(at, s->end);
		} else if (*at == '<') {
			at = skip_angle(at, s->end);
		} else {
			at++;
		}
	}
	return last;
}

static void take_operator(struct shortening *s)
{
	string_append(s->out, "operator");
	if (take_operator_symbol(s)) {
		if (has_written(s, "}::operator()"))
			cut(s, s->out->length - strlen("::operator()"));
		return;
	}
	if (take(s, "\"\" ")) {
		string_append(s->out, "\"\" ");
		return;
	}
	if (take(s, " ")) {
		const char *end = end_of_conversion(s);

		string_append_char(s->out, ' ');
		append_part(s, s->at, end, append_type);
		s->at = end;
	}
}

static bool is_at_operator(const struct shortening *s)
{
	static const char word[] = "operator";
	const char *behind = s->at + strlen(word);

	return starts_with(s->at, s->end, word) && !is_name_character(last_written(s)) &&
	       behind < s->end && !is_name_character(*behind) && *behind != ':' && *behind != '.';
}

/* "{lambda(int)#1}" is "{lambda#1}", "{{closure}}" is "{closure}". */
static void take_braces(struct shortening *s)
{
	const char *begin = s->at, *close = skip_bracket(begin, s->end), *number;

	if (!close) {
		append_rest(s);
		return;
	}
	s->at = close;
	if (starts_with(begin, close, "{lambda(")) {
		number = memrchr(begin, '#', (size_t)(close - begin));
		string_append(s->out, "{lambda");
		if (number && !memchr(number, ')', (size_t)(close - number)))
			begin = number;
		else
			begin = close - 1;
	} else if (starts_with(begin, close, "{{") && close[-2] == '}') {
		begin++;
		close--;
	}
	string_append_bytes(s->out, begin, (size_t)(close - begin));
}

/* What C++ puts behind parameters. */
static void take_qualifiers(struct shortening *s)
{
	static const char *const words[] = {
		" const", " volatile", " &&", " &", " noexcept", " restrict"};

	for (size_t i = 0; i < ARRAY_SIZE(words);)
		i = take(s, words[i]) ? 0 : i + 1;
	if (starts_with(s->at, s->end, "[abi:")) {
		const char *close = skip_bracket(s->at, s->end);

		s->at = close ? close : s->at;
	}
}

static bool is_number(const char *at, const char *end)
{
	while (at < end && isdigit((unsigned char)*at))
		at++;
	return at == end;
}

static bool begins_parameters(const struct shortening *s, const char *close)
{
	char before = last_written(s);

	if (starts_with(s->at, close, "(anonymous ") || is_number(s->at + 1, close - 1))
		return close == s->at + 2;
	return is_name_character(before) || (before && strchr(">)]}+-*/%^&|~!=<,\"", before));
}

/* What stood before a space was the type of what is returned. */
static void drop_returned_type(struct shortening *s)
{
	if (!s->out->failed && s->type > s->start && s->type < s->out->length) {
		memmove(s->out->text + s->start, s->out->text + s->type,
			s->out->length - s->type + 1);
		s->out->length -= s->type - s->start;
	}
	s->type = s->start;
}

/* Parameters, then perhaps something local to the function: "f(int)::local". */
static void take_parameters(struct shortening *s, const char *close)
{
	s->at = close;
	take_qualifiers(s);
	if (s->at == s->end || starts_with(s->at, s->end, "::") || *s->at == '.') {
		drop_returned_type(s);
		return;
	}
	if (take(s, " ")) {
		/* "decltype (x) f(int)" */
		cut(s, s->start);
		s->type = s->start;
		return;
	}
	drop_returned_type(s);
	s->at = s->end;
}

static void take_parenthesis(struct shortening *s)
{
	const char *close = skip_bracket(s->at, s->end);

	if (!close) {
		append_rest(s);
	} else if (begins_parameters(s, close)) {
		take_parameters(s, close);
	} else if (starts_with(s->at, close, "(anonymous ")) {
		string_append_bytes(s->out, s->at, (size_t)(close - s->at));
		s->at = close;
	} else if (last_written(s) == ' ' && starts_with(s->at, close, "(*")) {
		/* "void (*f(int))(char)": what returns a function. */
		s->at += strlen("(*");
		cut(s, s->start);
		s->type = s->start;
		s->end = close - 1;
	} else if (++s->nested > NESTING_MAX) {
		append_rest(s);
	} else {
		string_append_char(s->out, *s->at++);
	}
}

/* Arguments of Go's generics, ABI tags: what follows a name. */
static void take_square(struct shortening *s)
{
	const char *close = skip_bracket(s->at, s->end);

	if (!close)
		append_rest(s);
	else if (is_name_character(last_written(s)))
		s->at = close;
	else if (++s->nested > NESTING_MAX)
		append_rest(s);
	else
		string_append_char(s->out, *s->at++);
}

/* D's template arguments: "!(int)", "!int". */
static bool take_instance(struct shortening *s)
{
	const char *close;

	if (!starts_with(s->at, s->end, "!(") || !is_name_character(last_written(s)))
		return false;
	close = skip_bracket(s->at + 1, s->end);
	if (close)
		s->at = close;
	return close != NULL;
}

/* Versions of C++ libraries, which are in no source. */
static bool take_inline_namespace(struct shortening *s)
{
	return last_written(s) == ':' && (take(s, "__cxx11::") || take(s, "__1::"));
}

/* A type by an expression: "decltype (f(1)) g(int)". */
static bool take_decltype(struct shortening *s)
{
	static const char word[] = "decltype";
	const char *open = s->at + strlen(word), *close;

	if (!starts_with(s->at, s->end, word) || is_name_character(last_written(s)))
		return false;
	if (starts_with(open, s->end, " "))
		open++;
	close = starts_with(open, s->end, "(") ? skip_bracket(open, s->end) : NULL;
	if (!close)
		return false;
	s->at = close;
	string_append(s->out, word);
	return true;
}

static void append_name(struct shortening *s)
{
	while (s->at < s->end) {
		if (take_inline_namespace(s) || take_decltype(s))
			continue;
		if (is_at_operator(s)) {
			s->at += strlen("operator");
			take_operator(s);
		} else if (*s->at == '<') {
			take_angle(s);
		} else if (*s->at == '(') {
			take_parenthesis(s);
		} else if (*s->at == '[') {
			take_square(s);
		} else if (*s->at == '{') {
			take_braces(s);
		} else if (*s->at != '!' || !take_instance(s)) {
			char c = *s->at++;

			string_append_char(s->out, c);
			if (c == ' ')
				s->type = s->out->length;
		}
	}
}

/* What may stand in front of a name and is part of it. */
static const char *const fronts[] = {
	"non-virtual thunk to ",
	"virtual thunk to ",
	"covariant return thunk to ",
	"guard variable for ",
	"TLS init function for ",
	"TLS wrapper function for ",
	"transaction clone for ",
	"non-transaction clone for ",
};

void short_name_append(struct string_builder *builder, const char *name)
{
	const char *clone = strstr(name, " [clone ");
	size_t before = builder->length;
	struct shortening s = {
		.at = name, .end = clone ? clone : name + strlen(name), .out = builder};

	if (*name == '[') {
		string_append(builder, name);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(fronts); i++)
		if (take(&s, fronts[i]))
			string_append(builder, fronts[i]);
	s.start = s.type = builder->length;
	append_name(&s);
	if (builder->length == before)
		string_append_bytes(builder, name, (size_t)(s.end - name));
	if (clone)
		string_append(builder, clone);
}
