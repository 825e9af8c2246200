#include "collect/stack_recorder.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "arch/system_calls.h"

static struct error *record_module(
	struct stack_recorder *recorder, const struct module *module, uint32_t *ret)
{
	struct recorded_module recorded = {module->start, module->end, 0};
	struct error *error = profile_add_mapping(recorder->profile, module->start, module->end,
		module->offset, module->path, &recorded.mapping);

	if (!error)
		error = recorded_modules_append(&recorder->recorded, recorded);
	if (!error)
		*ret = recorded.mapping;
	return error;
}

struct error *stack_recorder_init(struct stack_recorder *recorder, struct profile *profile,
	struct module_table *modules, const char *executable)
{
	size_t count;
	const struct module *items = module_table_items(modules, &count);
	uint32_t mapping;

	*recorder = (struct stack_recorder){
		.profile = profile, .modules = modules, .stacks_max = RECORDED_STACKS_MAX};
	for (size_t i = 0; i < count; i++)
		if (strcmp(items[i].path, executable) == 0)
			return record_module(recorder, &items[i], &mapping);
	return NULL;
}

void stack_recorder_deinit(struct stack_recorder *recorder)
{
	recorded_modules_deinit(&recorder->recorded);
	u32_array_deinit(&recorder->locations);
}

void stack_recorder_modules_changed(struct stack_recorder *recorder)
{
	recorder->recorded.count = 0;
}

static struct error *find_mapping(struct stack_recorder *recorder, uint64_t address, uint32_t *ret)
{
	ARRAY_FOR_EACH (recorded, &recorder->recorded)
		if (address >= recorded->start && address < recorded->end) {
			*ret = recorded->mapping;
			return NULL;
		}
	const struct module *module = module_table_find(recorder->modules, address);
	if (module)
		return record_module(recorder, module, ret);
	*ret = PROFILE_NONE;
	return NULL;
}

static struct error *append_address(struct stack_recorder *recorder, uint64_t address)
{
	uint32_t mapping, location;
	struct error *error = find_mapping(recorder, address, &mapping);

	if (!error)
		error = profile_add_location(recorder->profile, mapping, address, &location);
	if (!error)
		error = u32_array_append(&recorder->locations, location);
	return error;
}

static struct error *append_named(struct stack_recorder *recorder, const char *name)
{
	uint32_t location;
	struct error *error = profile_add_named_location(recorder->profile, name, &location);

	return error ? error : u32_array_append(&recorder->locations, location);
}

static struct error *append_end(struct stack_recorder *recorder, enum unwind_end end)
{
	char name[96] = "[truncated: ";

	strncat(name, unwind_end_text(end), sizeof(name) - strlen(name) - 2);
	strcat(name, "]");
	return append_named(recorder, name);
}

static struct error *append_system_call(struct stack_recorder *recorder, int64_t number)
{
	const char *known = system_call_name(number);
	char name[64];

	if (known)
		snprintf(name, sizeof(name), "%s(2)", known);
	else
		snprintf(name, sizeof(name), "[system call %" PRId64 "]", number);
	return append_named(recorder, name);
}

static struct error *finish(struct stack_recorder *recorder, uint32_t *ret_stack)
{
	return profile_add_stack(
		recorder->profile, recorder->locations.items, recorder->locations.count, ret_stack);
}

static bool has_room(const struct stack_recorder *recorder)
{
	const struct intern_table *stacks = &recorder->profile->stacks;
	const struct u32_array *stack = &recorder->locations;
	uint32_t id;

	return stacks->pool.count < recorder->stacks_max ||
	       intern_find(stacks, stack->items, stack->count * sizeof(*stack->items), &id);
}

/* What it spends its time in is still told, and code is finite. */
static struct error *finish_bounded(struct stack_recorder *recorder, uint32_t *ret_stack)
{
	struct error *error = NULL;

	if (recorder->locations.count > 1 && !has_room(recorder)) {
		recorder->locations.count = 1;
		error = append_named(recorder, "[truncated: too many different stacks]");
	}
	return error ? error : finish(recorder, ret_stack);
}

struct error *stack_recorder_add(struct stack_recorder *recorder,
	const struct unwind_result *unwound, int64_t system_call, char state, uint32_t *ret_stack)
{
	struct error *error = NULL;

	recorder->locations.count = 0;
	if (state == 'D')
		error = append_named(recorder, "[uninterruptible sleep]");
	if (!error && system_call >= 0)
		error = append_system_call(recorder, system_call);
	for (size_t i = 0; !error && i < unwound->addresses.count; i++)
		error = append_address(recorder, unwound->addresses.items[i]);
	if (!error && unwound->end != UNWIND_COMPLETE)
		error = append_end(recorder, unwound->end);
	return error ? error : finish_bounded(recorder, ret_stack);
}

struct error *stack_recorder_add_named(
	struct stack_recorder *recorder, const char *name, uint32_t *ret_stack)
{
	struct error *error;

	recorder->locations.count = 0;
	error = append_named(recorder, name);
	return error ? error : finish(recorder, ret_stack);
}

/* An empty text would be a number. */
static size_t pick_thread_labels(const struct profile_label both[2], const char *name, int64_t id,
	const struct profile_label **ret)
{
	*ret = *name ? both : both + 1;
	return (*name ? 1 : 0) + (id ? 1 : 0);
}

struct error *record_thread_labels(
	struct profile *profile, const char *name, int64_t id, uint32_t *ret)
{
	struct profile_label both[2] = {{.number = 0}, {.number = id}};
	const struct profile_label *labels;
	size_t count = pick_thread_labels(both, name, id, &labels);
	struct error *error = profile_string(profile, "thread", &both[0].key);

	if (!error)
		error = profile_string(profile, name, &both[0].text);
	if (!error)
		error = profile_string(profile, "tid", &both[1].key);
	return error ? error : profile_add_labels(profile, labels, count, ret);
}

static bool find_string(const struct profile *profile, const char *text, uint32_t *ret)
{
	return intern_find(&profile->strings, text, strlen(text), ret);
}

bool find_thread_labels(const struct profile *profile, const char *name, int64_t id, uint32_t *ret)
{
	struct profile_label both[2] = {{.number = 0}, {.number = id}};
	const struct profile_label *labels;
	size_t count = pick_thread_labels(both, name, id, &labels);

	return find_string(profile, "thread", &both[0].key) &&
	       find_string(profile, name, &both[0].text) &&
	       find_string(profile, "tid", &both[1].key) &&
	       intern_find(&profile->label_sets, labels, count * sizeof(*labels), ret);
}
