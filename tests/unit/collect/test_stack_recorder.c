#include "../base/test_support.h"

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "collect/stack_recorder.h"

static struct error *open_nothing(void *context, const struct mapping *mapping, int *ret_fd)
{
	(void)context;
	(void)mapping;
	(void)ret_fd;
	return error_create(ERROR_NOT_FOUND, "no file");
}

static uint32_t add(struct stack_recorder *recorder, uint64_t leaf, uint64_t root)
{
	struct unwind_result unwound = {.end = UNWIND_COMPLETE};
	uint32_t stack;

	assert_success(u64_array_append(&unwound.addresses, leaf));
	assert_success(u64_array_append(&unwound.addresses, root));
	assert_success(stack_recorder_add(recorder, &unwound, -1, 'R', &stack));
	unwind_result_deinit(&unwound);
	return stack;
}

static void assert_stack(const struct profile *profile, uint32_t stack, const char *expected)
{
	STRING_BUILDER(text);
	size_t depth;
	const uint32_t *locations = profile_stack(profile, stack, &depth);

	for (size_t i = 0; i < depth; i++) {
		const struct profile_location *location = &profile->locations.items[locations[i]];
		uint32_t line = location->first_line;

		if (location->line_count)
			string_append_format(&text, "%s;",
				profile_text(profile, profile_function(profile,
							      profile->lines.items[line].function)
							      ->name));
		else
			string_append_format(&text, "%lx;", location->address);
	}
	assert_string_equal(text.text, expected);
}

static void memory_for_stacks_is_bounded(void **state)
{
	struct module_table *modules;
	struct profile *profile;
	struct stack_recorder recorder;
	uint32_t known, cut;

	(void)state;
	assert_success(module_table_create(
		(struct module_opener){.open = open_nothing, .context = NULL}, &modules));
	assert_success(profile_create(&profile));
	assert_success(stack_recorder_init(&recorder, profile, modules, "/tool"));
	assert_int_equal(recorder.stacks_max, RECORDED_STACKS_MAX);
	recorder.stacks_max = 1;
	known = add(&recorder, 0x10, 0x20);
	assert_stack(profile, known, "10;20;");
	cut = add(&recorder, 0x10, 0x30);
	assert_stack(profile, cut, "10;[truncated: too many different stacks];");
	assert_int_equal(add(&recorder, 0x10, 0x40), cut);
	/* One that is there already costs nothing. */
	assert_int_equal(add(&recorder, 0x10, 0x20), known);
	stack_recorder_deinit(&recorder);
	profile_destroy(profile);
	module_table_destroy(modules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_for_stacks_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
