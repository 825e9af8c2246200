#include "cli/pushed_profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/path.h"
#include "export/pprof.h"
#include "session/attachment.h"

/* The words that Pyroscope looks for in the names of value types, in its order. */
static const struct {
	const char *part, *kind;
} kinds[] = {
	{"wall", "wall"},
	{"cpu", "process_cpu"},
	{"alloc_", "memory"},
	{"inuse_", "memory"},
};

static const char *kind_of(const struct profile *profile)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		ARRAY_FOR_EACH (type, &profile->value_types)
			if (strstr(profile_text(profile, type->type), kinds[i].part))
				return kinds[i].kind;
	return profile->value_types.count
		       ? profile_text(profile,
				 profile->value_types.items[profile->value_types.count - 1].type)
		       : "samples";
}

static const char *service_of(const struct session *session, const struct session_profile *profile)
{
	if (session->attachment && !*profile->origin)
		return session->attachment->target->identity.name;
	if (profile->profile->mappings.count)
		return path_file_name(
			profile_text(profile->profile, profile->profile->mappings.items[0].path));
	return "unknown";
}

/* Shares everything with the original. */
static struct profile completed(const struct profile *profile)
{
	struct profile complete = *profile;

	if (!complete.time)
		complete.time = (int64_t)clock_wall() - complete.duration;
	if (!complete.period_type.type && complete.value_types.count) {
		complete.period_type = complete.value_types.items[complete.value_types.count - 1];
		complete.period = 1;
	}
	return complete;
}

static uint32_t rate_of(const struct profile *profile)
{
	if (strcmp(profile_text(profile, profile->period_type.unit), "nanoseconds") != 0 ||
		profile->period <= 0)
		return 0;
	return (uint32_t)(NANOSECONDS_PER_SECOND / (uint64_t)profile->period);
}

static struct error *write_file(const struct profile *profile, int *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	CLEANUP(cleanup_close) int fd = -1;
	struct error *error = pprof_write(profile, &bytes);

	if (error)
		return error;
	fd = memfd_create("limpet-profile", MFD_CLOEXEC);
	if (fd < 0)
		return error_from_errno(errno, "cannot keep the profile in memory");
	error = write_all(fd, bytes.items, bytes.count);
	if (!error)
		*ret = TAKE_FD(fd);
	return error;
}

struct error *pushed_profile_init(const struct session *session,
	const struct session_profile *profile, const char *service, struct pushed_profile *ret)
{
	struct profile complete = completed(profile->profile);
	struct pushed_profile pushed = {0};
	struct error *error;

	pushed.service = strdup(service ? service : service_of(session, profile));
	if (!pushed.service)
		return &error_no_memory;
	pushed.sent = (struct push_profile){
		.file = -1,
		.kind = kind_of(&complete),
		.service = pushed.service,
		.start = (uint64_t)complete.time,
		.end = (uint64_t)(complete.time + complete.duration),
		.rate = rate_of(&complete),
	};
	error = write_file(&complete, &pushed.sent.file);
	if (error) {
		free(pushed.service);
		return error;
	}
	*ret = pushed;
	return NULL;
}

void pushed_profile_deinit(struct pushed_profile *pushed)
{
	if (pushed->service)
		close(pushed->sent.file);
	free(pushed->service);
	*pushed = (struct pushed_profile){0};
}
