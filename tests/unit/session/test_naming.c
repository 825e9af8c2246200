#include "../base/test_support.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "session/naming.h"
#include "symbolize/symbolize.h"

#define ADDRESS 0x10010

/* A process without files but that one, and a profile of it. */
struct fixture {
	struct target target;
	struct attachment attachment;
	struct profile *profile;
	uint32_t location;
	const char *map;     /* NULL: there is none */
	size_t map_size;     /* of what is behind the map, all of it empty */
	const char *refusal; /* or why it is not opened */
	int opened;          /* how often */
	const void *dump;    /* NULL: none is mapped */
	size_t dump_size;
};

static struct error *open_trusted(struct target *target, const char *path, int *ret_fd)
{
	struct fixture *fixture = (struct fixture *)target;

	fixture->opened++;
	assert_string_equal(path, "/tmp/perf-7.map");
	if (fixture->refusal)
		return error_create(ERROR_DENIED, "%s", fixture->refusal);
	if (!fixture->map)
		return error_from_errno(ENOENT, "cannot open '%s'", path);
	*ret_fd = memfd_create("map", MFD_CLOEXEC);
	assert_success(write_all(*ret_fd, fixture->map, strlen(fixture->map)));
	if (fixture->map_size)
		assert_int_equal(ftruncate(*ret_fd, (off_t)fixture->map_size), 0);
	assert_int_equal(lseek(*ret_fd, 0, SEEK_SET), 0);
	return NULL;
}

static struct error *list_mappings(struct target *target, struct mappings *ret)
{
	const struct fixture *fixture = (struct fixture *)target;
	const char *maps = fixture->dump ? "30000-31000 r-xp 00000000 08:01 7 /srv/jit-7.dump\n"
					   "40000-41000 rw-p 00000000 08:01 8 /srv/jit-8.dump\n"
					 : "";

	return mappings_parse(cursor_over(maps, strlen(maps)), ret);
}

static struct error *open_mapping(struct target *target, const struct mapping *mapping, int *ret_fd)
{
	const struct fixture *fixture = (struct fixture *)target;

	assert_string_equal(mapping->path, "/srv/jit-7.dump");
	*ret_fd = memfd_create("dump", MFD_CLOEXEC);
	assert_success(write_all(*ret_fd, fixture->dump, fixture->dump_size));
	assert_int_equal(lseek(*ret_fd, 0, SEEK_SET), 0);
	return NULL;
}

static const struct target_operations live = {
	.open_trusted = open_trusted, .list_mappings = list_mappings, .open_mapping = open_mapping};
static const struct target_operations recorded = {.list_mappings = list_mappings};

static void add_sample(struct fixture *fixture, const char *path)
{
	int64_t samples = 5;
	uint32_t mapping, stack;

	assert_success(profile_add_mapping(fixture->profile, 0x10000, 0x11000, 0, path, &mapping));
	assert_success(
		profile_add_location(fixture->profile, mapping, ADDRESS, &fixture->location));
	assert_success(profile_add_stack(fixture->profile, &fixture->location, 1, &stack));
	assert_success(profile_add_sample(fixture->profile, stack, 0, &samples));
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	static char name[] = "made";

	fixture->target.operations = &live;
	fixture->target.identity = (struct target_identity){.pid = 1007, .inside = 7, .name = name};
	fixture->attachment.target = &fixture->target;
	assert_success(profile_create(&fixture->profile));
	assert_success(profile_add_value_type(fixture->profile, "samples", "count"));
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	module_table_destroy(fixture->attachment.modules);
	profile_destroy(fixture->profile);
	free(fixture);
	return 0;
}

/* comment: the only one, or NULL for none. */
static void assert_named(struct fixture *fixture, const char *name, const char *comment)
{
	const struct profile *profile = fixture->profile;
	const struct profile_location *location = &profile->locations.items[fixture->location];

	assert_success(modules_of_profile(
		&(struct profile_files){profile, NULL}, &fixture->attachment.modules));
	assert_success(attachment_name_profile(&fixture->attachment, fixture->profile));
	assert_int_equal(location->line_count, 1);
	assert_string_equal(
		profile_text(profile, profile_function(profile,
					      profile->lines.items[location->first_line].function)
					      ->name),
		name);
	assert_int_equal(profile->comments.count, comment ? 1 : 0);
	if (comment)
		assert_string_equal(profile_text(profile, profile->comments.items[0]), comment);
}

static void the_map_names_code_without_a_file(void **state)
{
	struct fixture *fixture = *state;

	add_sample(fixture, "");
	fixture->map = "10000 100 burn it\n";
	assert_named(fixture, "burn it", NULL);
	assert_int_equal(fixture->opened, 1);
}

/* Of a function "f" at 0x10000, of 256 bytes, which are left out. */
static const unsigned char dump[] = "DTiJ\1\0\0\0\x28\0\0\0\x3e\0\0\0\0\0\0\0\7\0\0\0"
				    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
				    "\0\0\0\0\x3a\0\0\0\0\0\0\0\0\0\0\0\7\0\0\0\7\0\0\0"
				    "\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\1\0\0\0\0\0\0"
				    "\1\0\0\0\0\0\0\0f";

static void a_dump_that_is_mapped_comes_before_the_map(void **state)
{
	struct fixture *fixture = *state;

	add_sample(fixture, "");
	fixture->map = "10000 100 burn it\n";
	fixture->dump = dump;
	fixture->dump_size = sizeof(dump);
	assert_named(fixture, "f", NULL);
	assert_int_equal(fixture->opened, 0);
}

static void what_is_no_dump_is_told(void **state)
{
	struct fixture *fixture = *state;

	add_sample(fixture, "");
	fixture->map = "10000 100 burn it\n";
	fixture->dump = "no dump";
	fixture->dump_size = 7;
	assert_named(fixture, "burn it",
		"'/srv/jit-7.dump' does not name code made at run time: it is no jitdump, or one "
		"of "
		"another byte order");
}

static void without_such_code_no_map_is_read(void **state)
{
	struct fixture *fixture = *state;

	add_sample(fixture, "/gone/lib.so");
	fixture->map = "10000 100 burn it\n";
	assert_named(fixture, "lib.so+0x10",
		"frames without a name in lib.so (100.0% of samples): cannot open "
		"'/gone/lib.so': No such file or directory");
	assert_int_equal(fixture->opened, 0);
}

/* Also of a profile that comes again with more. */
static void the_executable_is_called_by_the_name_of_the_process(void **state)
{
	static char executable[] = "/gone/check", alias[] = "/gone/server";
	struct fixture *fixture = *state;

	fixture->target.identity.executable = executable;
	fixture->target.identity.alias = alias;
	add_sample(fixture, executable);
	assert_named(fixture, "server+0x10",
		"frames without a name in server (100.0% of samples): cannot open "
		"'/gone/check': No such file or directory");
	assert_string_equal(
		profile_text(fixture->profile, fixture->profile->mappings.items[0].path), alias);
	fixture->profile->comments.count = 0;
	assert_success(attachment_name_addresses(&fixture->attachment, fixture->profile));
	assert_string_equal(
		profile_text(fixture->profile, fixture->profile->mappings.items[0].path), alias);
}

static void a_map_that_is_missing_is_asked_for(void **state)
{
	struct fixture *fixture = *state;

	add_sample(fixture, "[anon:code]");
	assert_named(fixture, "[anon:code]+0x10",
		"5 samples have frames in code made at run time, which has no names: start node "
		"with --perf-basic-prof, or have the runtime write /tmp/perf-7.map (`help cpu`)");
	assert_int_equal(fixture->opened, 1);
}

static void a_map_that_lacks_the_code_is_told_of(void **state)
{
	struct fixture *fixture = *state;

	add_sample(fixture, "");
	fixture->map = "20000 100 elsewhere\n";
	assert_named(fixture, "0x10010",
		"5 samples have frames in code made at run time that /tmp/perf-7.map does not "
		"name");
}

static void a_refusal_is_told_with_its_reason(void **state)
{
	struct fixture *fixture = *state;

	add_sample(fixture, "");
	fixture->refusal = "'/tmp/perf-7.map' is a trap";
	assert_named(fixture, "0x10010",
		"5 samples have frames in code made at run time, which has no names: "
		"'/tmp/perf-7.map' is a trap");
}

static void a_map_without_end_is_not_read(void **state)
{
	struct fixture *fixture = *state;

	add_sample(fixture, "");
	fixture->map = "10000 100 burn it\n";
	fixture->map_size = 512 * 1024 * 1024 + 1;
	assert_named(fixture, "0x10010",
		"5 samples have frames in code made at run time, which has no names: "
		"'/tmp/perf-7.map' is larger than 512 MiB");
}

static void recordings_have_no_map(void **state)
{
	struct fixture *fixture = *state;

	add_sample(fixture, "");
	fixture->target.operations = &recorded;
	assert_named(fixture, "0x10010", NULL);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FIXTURE(the_map_names_code_without_a_file),
		WITH_FIXTURE(a_dump_that_is_mapped_comes_before_the_map),
		WITH_FIXTURE(what_is_no_dump_is_told),
		WITH_FIXTURE(without_such_code_no_map_is_read),
		WITH_FIXTURE(the_executable_is_called_by_the_name_of_the_process),
		WITH_FIXTURE(a_map_that_is_missing_is_asked_for),
		WITH_FIXTURE(a_map_that_lacks_the_code_is_told_of),
		WITH_FIXTURE(a_refusal_is_told_with_its_reason),
		WITH_FIXTURE(a_map_without_end_is_not_read),
		WITH_FIXTURE(recordings_have_no_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
