#include "symbolize/naming_problem.h"

#include <string.h>

#include "elf/debug_search.h"

static const char *const prefixes[] = {
	"[anon", /* prctl(PR_SET_VMA_ANON_NAME) */
	"[heap]",
	"[stack",
	"/dev/zero", /* MAP_SHARED */
	"/anon_hugepage",
	"/SYSV",
	"/memfd:",
};

bool path_is_without_file(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strncmp(path, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return !*path;
}

/* What a file exports is global; only a whole symbol table has local ones. */
static bool has_local_symbols(const struct elf_symbols *symbols)
{
	ARRAY_FOR_EACH (symbol, symbols)
		if (!symbol->global)
			return true;
	return false;
}

static const char *problem_of_tables(const struct module *module)
{
	const struct elf_symbols *symbols;
	struct error *error;

	if (debug_search_has_symbols(module->image))
		return "none of its symbols is there, nor of those in its debug file";
	error = elf_image_symbols(module->image, &symbols);

	if (error) {
		error_destroy(error);
		return "its symbols cannot be read";
	}
	if (!symbols->count)
		return "it has no symbols, and no debug file was found";
	if (!has_local_symbols(symbols))
		return "it is stripped but for what it exports, and no debug file was found";
	return "none of its symbols is there";
}

const char *naming_problem(const struct profile *profile, const struct profile_mapping *mapping,
	const struct module *found, bool used)
{
	const char *path = profile_text(profile, mapping->path);

	if (used)
		return problem_of_tables(found);
	if (path_is_without_file(path))
		return "code made at run time";
	if (!found)
		return "it is not mapped any more";
	if (strcmp(found->path, path) != 0)
		return "another file is mapped there now";
	if (!found->image)
		return found->problem ? found->problem : "it cannot be read";
	return "the file has another build id than what was mapped";
}
