#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "cli/debug_package.h"
#include "cli/doctor.h"
#include "symbolize/naming_problem.h"

#define MODULES_SHOWN 6

static const struct run_time run_times[] = {
	{"the JVM", "libjvm.so", "jcmd PID Compiler.perfmap (JDK 17), shortly before `cpu`"},
	{"Node", "node", "start it as node --perf-basic-prof"},
	{"Node", "libnode.so", "start it as node --perf-basic-prof"},
	{".NET", "libcoreclr.so", "start it with DOTNET_PerfMapEnabled=1"},
	{"Erlang", "beam.smp", "start it as erl +JPperf true"},
};

static const struct {
	const char *file;
	enum allocator allocator;
} allocators[] = {
	{"libtcmalloc", ALLOCATOR_TCMALLOC},
	{"libmimalloc", ALLOCATOR_MIMALLOC},
	{"ld-musl-", ALLOCATOR_MUSL},
	{"libc.musl", ALLOCATOR_MUSL},
	{"libc.so.6", ALLOCATOR_GLIBC},
	{"libc-2.", ALLOCATOR_GLIBC},
};

static bool begins(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

static struct module_facts *find_facts(const struct diagnosis *diagnosis, const char *path)
{
	ARRAY_FOR_EACH (facts, &diagnosis->modules)
		if (strcmp(facts->path, path) == 0)
			return facts;
	return NULL;
}

/* A file may have several mappings. */
static struct error *note_module(struct diagnosis *diagnosis, const struct module *module)
{
	struct module_facts *facts = find_facts(diagnosis, module->path);
	struct module_facts made = {.code = module->end - module->start};
	struct error *error;

	if (facts) {
		facts->code += made.code;
		return NULL;
	}
	made.path = strdup(module->path);
	if (!made.path)
		return &error_no_memory;
	made.is_main =
		strcmp(module->path, diagnosis->attachment->target->identity.executable) == 0;
	error = module_facts_items_append(&diagnosis->modules, made);
	if (error)
		free(made.path);
	return error;
}

static int by_importance(const void *left, const void *right)
{
	const struct module_facts *a = left, *b = right;

	if (a->is_main != b->is_main)
		return a->is_main ? -1 : 1;
	return (a->code < b->code) - (a->code > b->code);
}

/* The order in which they count: a preloaded allocator before the C library's. */
static void note_allocator(struct diagnosis *diagnosis)
{
	for (size_t i = 0; i < ARRAY_SIZE(allocators); i++)
		ARRAY_FOR_EACH (facts, &diagnosis->modules)
			if (begins(path_file_name(facts->path), allocators[i].file) &&
				!diagnosis->allocator)
				diagnosis->allocator = allocators[i].allocator;
}

static void note_run_time(struct diagnosis *diagnosis)
{
	for (size_t i = 0; i < ARRAY_SIZE(run_times); i++)
		ARRAY_FOR_EACH (facts, &diagnosis->modules) {
			const char *name = path_file_name(facts->path);
			bool whole = strcmp(name, run_times[i].file) == 0;

			if (whole && !diagnosis->run_time)
				diagnosis->run_time = &run_times[i];
		}
}

static void note_perf_map(struct diagnosis *diagnosis)
{
	struct target *target = diagnosis->attachment->target;
	char path[64];
	int fd;

	if (!diagnosis->run_time)
		return;
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", target->identity.inside);
	struct error *error = target_open_trusted(target, path, &fd);
	diagnosis->has_perf_map = !error;
	if (!error)
		close(fd);
	error_destroy(error);
}

/* Go's own table names functions and tells where frames are. */
static bool is_of_go(const struct elf_image *image)
{
	struct elf_section section;

	return elf_image_find_section(image, ".gopclntab", &section) ||
	       elf_image_find_section(image, ".data.rel.ro.gopclntab", &section);
}

static struct error *look_into(
	struct diagnosis *diagnosis, struct elf_image *image, struct module_facts *facts)
{
	struct debug_search *search = diagnosis->attachment->search;
	struct debug_files files;
	struct elf_section section;
	uint64_t address, size;
	bool go = is_of_go(image);
	size_t length;
	struct error *error = debug_search_find(
		search, image, DEBUG_SYMBOLS | DEBUG_DWARF | DEBUG_FRAMES, DEBUG_LOCAL, &files);

	if (error)
		return error;
	facts->can_be_opened = true;
	facts->has_build_id = elf_image_build_id(image, &length) != NULL;
	facts->has_symbols = files.symbols || go;
	facts->has_lines = files.dwarf || go;
	facts->has_frames = files.frames || go ||
			    elf_image_eh_frame_header(image, &address, &size) ||
			    elf_image_find_section(image, ".eh_frame", &section);
	if (go && facts->is_main)
		diagnosis->allocator = ALLOCATOR_GO;
	if (facts->has_symbols && facts->has_lines)
		return NULL;
	/* A link may be of another package than the file. */
	CLEANUP(cleanup_free) char *real = realpath(facts->path, NULL);
	return debug_package_find(DPKG_FOLDER, real ? real : facts->path, &facts->package);
}

static struct error *load(struct diagnosis *diagnosis, struct module_facts *facts)
{
	size_t count;
	struct module *modules = module_table_items(diagnosis->attachment->modules, &count);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(modules[i].path, facts->path) != 0)
			continue;
		module_load(diagnosis->attachment->modules, &modules[i]);
		return modules[i].image ? look_into(diagnosis, modules[i].image, facts) : NULL;
	}
	return NULL;
}

static void drop_small(struct diagnosis *diagnosis)
{
	while (diagnosis->modules.count > MODULES_SHOWN) {
		struct module_facts *last = &diagnosis->modules.items[--diagnosis->modules.count];

		free(last->path);
		free(last->package);
	}
}

struct error *doctor_gather_modules(struct diagnosis *diagnosis)
{
	struct error *error = NULL;
	size_t count;
	const struct module *modules = module_table_items(diagnosis->attachment->modules, &count);

	for (size_t i = 0; !error && i < count; i++)
		if (!path_is_without_file(modules[i].path))
			error = note_module(diagnosis, &modules[i]);
	if (error)
		return error;
	note_allocator(diagnosis);
	note_run_time(diagnosis);
	note_perf_map(diagnosis);
	if (diagnosis->modules.count)
		qsort(diagnosis->modules.items, diagnosis->modules.count,
			sizeof(struct module_facts), by_importance);
	drop_small(diagnosis);
	for (size_t i = 0; !error && i < diagnosis->modules.count; i++)
		error = load(diagnosis, &diagnosis->modules.items[i]);
	return error;
}
