#include "symbolize/profile_view.h"

#include "base/cleanup.h"
#include "symbolize/runtime_frames.h"
#include "symbolize/short_name.h"

static void append_short(void *context, const struct profile *source,
	const struct profile_function *function, struct string_builder *name)
{
	(void)context;
	short_name_append(name, profile_text(source, function->name));
}

static void append_mangled(void *context, const struct profile *source,
	const struct profile_function *function, struct string_builder *name)
{
	(void)context;
	string_append(name, profile_text(source, function->system_name));
}

static struct profile_depth cut_runtime(
	void *context, const struct profile *source, const uint32_t *locations, size_t count)
{
	return runtime_frames_cut(context, source, locations, count);
}

bool profile_view_is_plain(const struct profile_view_options *options)
{
	return options->names == NAMES_FULL && !options->no_inlines && !options->fold_runtime;
}

static struct error *copy_head(struct profile *result, const struct profile *profile)
{
	struct error *error = NULL;

	ARRAY_FOR_EACH (type, &profile->value_types)
		if (!error)
			error = profile_add_value_type(result, profile_text(profile, type->type),
				profile_text(profile, type->unit));
	return error ? error : profile_copy_texts(result, profile);
}

struct error *profile_view_create(const struct profile *profile,
	const struct profile_view_options *options, struct profile **ret)
{
	CLEANUP(runtime_frames_deinit) struct runtime_frames runtime = {0};
	CLEANUP(cleanup_profile) struct profile *result = NULL;
	const struct profile_shape shape = {
		.no_inlines = options->no_inlines,
		.name = options->names == NAMES_SHORT     ? append_short
			: options->names == NAMES_MANGLED ? append_mangled
							  : NULL,
		.depth = options->fold_runtime ? cut_runtime : NULL,
		.context = &runtime,
	};
	const struct profile_addition how = {.shape = &shape};
	struct error *error = profile_create(&result);

	if (!error)
		error = copy_head(result, profile);
	if (!error)
		error = runtime_frames_init(profile, &runtime);
	if (!error)
		error = profile_add(result, profile, &how);
	if (error)
		return error;
	result->grain = options->grain;
	*ret = TAKE_POINTER(result);
	return NULL;
}
