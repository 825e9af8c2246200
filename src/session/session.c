#include "session/session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/quantity.h"
#include "session/follow.h"

struct error *session_create(struct session **ret)
{
	struct session *session = calloc(1, sizeof(*session));
	struct error *error;

	if (!session)
		return &error_no_memory;
	error = settings_init(&session->settings);
	if (error) {
		free(session);
		return error;
	}
	session->out = stdout;
	*ret = session;
	return NULL;
}

void session_destroy(struct session *session)
{
	if (!session)
		return;
	struct error *error = session_detach(session);
	if (error)
		fprintf(stderr, "limpet: %s\n", error->message);
	error_destroy(error);
	session_follow_none(session);
	ARRAY_FOR_EACH (profile, &session->profiles)
		session_profile_deinit(profile);
	session_profiles_deinit(&session->profiles);
	settings_deinit(&session->settings);
	variables_free(&session->variables);
	free(session->target_text);
	free(session->error_position);
	free(session);
}

void cleanup_session(struct session **session)
{
	session_destroy(*session);
}

void session_profile_deinit(struct session_profile *profile)
{
	free(profile->name);
	free(profile->description);
	free(profile->origin);
	profile_destroy(profile->profile);
	u8_array_deinit(&profile->raw);
	*profile = (struct session_profile){0};
}

struct error *session_add_profile(struct session *session, struct session_profile *profile,
	const struct session_profile **ret)
{
	struct error *error = session_profiles_append(&session->profiles, *profile);

	if (error)
		return error;
	*profile = (struct session_profile){0};
	size_t count = session->profiles.count;
	session->profiles.items[count - 1].number = (unsigned)count;
	*ret = &session->profiles.items[count - 1];
	return NULL;
}

static struct error *no_such_profile(const struct session *session, const char *spec)
{
	struct error *error;

	if (!session->profiles.count)
		return error_set_hint(error_create(ERROR_NOT_FOUND, "there is no profile yet"),
			"take one with `cpu` or `heap dump`, or `load FILE`; `live` shows a "
			"process as it runs");
	error = error_create(ERROR_NOT_FOUND, "there is no profile %s", spec);
	if (session->profiles.count == 1)
		return error_set_hint(error, "there is @1 only");
	return error_set_hint(
		error, "there are @1 to @%zu: `profiles` lists them", session->profiles.count);
}

struct error *session_find_profile(
	struct session *session, const char *spec, const struct session_profile **ret)
{
	uint64_t number = session->profiles.count;

	if (spec[0] != '@' || (spec[1] && !parse_unsigned(spec + 1, &number)))
		return error_set_hint(error_create(ERROR_USAGE, "'%s' is no profile", spec),
			"profiles are written @1, @2, ...; @ is the last one");
	if (number < 1 || number > session->profiles.count)
		return no_such_profile(session, spec);
	*ret = &session->profiles.items[number - 1];
	return NULL;
}

static bool terminal_has_color(bool terminal_is_there)
{
	const char *no_color = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	return terminal_is_there && !(no_color && no_color[0]) && terminal &&
	       strcmp(terminal, "dumb") != 0;
}

bool session_wants_color(const struct session *session, FILE *stream)
{
	const char *when = settings_text(&session->settings, SETTING_COLOR);

	if (strcmp(when, "auto") != 0)
		return strcmp(when, "always") == 0;
	return terminal_has_color(stream == session->paged_out || isatty(fileno(stream)));
}
