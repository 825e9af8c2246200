#include "export/svg_text.h"

#include <string.h>

#include "base/array.h"
#include "export/utf8.h"

void svg_append_escaped(struct string_builder *svg, const char *text, size_t length)
{
	static const struct {
		char character;
		const char *entity;
	} entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}};
	size_t clean = 0;

	for (size_t i = 0; i < length; i++)
		for (size_t j = 0; j < ARRAY_SIZE(entities); j++) {
			if (text[i] != entities[j].character)
				continue;
			string_append_bytes(svg, text + clean, i - clean);
			string_append(svg, entities[j].entity);
			clean = i + 1;
		}
	string_append_bytes(svg, text + clean, length - clean);
}

void svg_append_text(struct string_builder *svg, const char *text)
{
	STRING_BUILDER(printable);

	utf8_append_printable(&printable, text, strlen(text));
	if (printable.failed)
		svg->failed = true;
	else
		svg_append_escaped(svg, printable.text, printable.length);
}
