#include "call/survey.h"

#include <string.h>

#include "base/cleanup.h"
#include "call/agent_link.h"
#include "call/candidates.h"
#include "call/direct.h"

static struct error *note(
	struct call_survey *survey, const struct candidate *candidate, bool looked)
{
	struct surveyed_thread thread = {
		.id = candidate->thread, .looked_at = looked, .refusal = candidate->refusal};

	memcpy(thread.name, candidate->status.name, sizeof(thread.name));
	survey->usable += looked && !candidate->refusal;
	return surveyed_threads_append(&survey->threads, thread);
}

static struct error *judge_all(struct candidate_list *list, struct call_survey *survey)
{
	struct error *error = candidate_list_read(list);
	size_t looks = 0;

	for (size_t i = 0; !error && i < list->candidates.count; i++) {
		struct candidate *candidate = &list->candidates.items[i];
		bool looks_at_it = !candidate->refusal && looks < SURVEY_LOOKS_MAX;
		struct capture found;

		looks += looks_at_it;
		if (looks_at_it)
			error = candidate_judge(list, candidate, &found);
		if (!error)
			error = note(survey, candidate, looks_at_it);
	}
	return error;
}

struct error *call_survey_make(
	struct borrower *borrower, const struct call_equipment *equipment, struct call_survey *ret)
{
	CLEANUP(candidate_list_deinit) struct candidate_list list = {.borrower = borrower};
	const struct call_order nothing = {0};
	struct error *error;

	*ret = (struct call_survey){0};
	error = judge_all(&list, ret);
	if (error) {
		call_survey_deinit(ret);
		return error;
	}
	ret->own = agent_link_check(borrower->target->identity.pid, equipment);
	ret->borrowed = direct_check(equipment, &nothing);
	return NULL;
}

void call_survey_deinit(struct call_survey *survey)
{
	error_destroy(survey->own);
	error_destroy(survey->borrowed);
	surveyed_threads_deinit(&survey->threads);
	*survey = (struct call_survey){0};
}
