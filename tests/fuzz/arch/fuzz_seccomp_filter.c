#include <stdlib.h>
#include <string.h>

#include "arch/seccomp_filter.h"

/*
 * Two bytes that say what is not known, a struct seccomp_data, and the instructions. What is found
 * out with less knowledge must not be better than the truth.
 */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* The order of actions: the lower, the more restrictive. */
static int32_t kind_of(const struct seccomp_verdict *verdict)
{
	return (int32_t)(verdict->action & SECCOMP_RET_ACTION_FULL);
}

/* A copy of its own size, so that a step beyond it is seen. */
static struct sock_filter *copy_items(const uint8_t *bytes, size_t count)
{
	struct sock_filter *items = malloc(count * sizeof(*items) + !count);

	if (!items)
		abort();
	for (size_t i = 0; i < count * sizeof(*items); i++)
		((uint8_t *)items)[i] = bytes[i];
	return items;
}

static bool evaluate(const struct seccomp_program *program, const struct seccomp_question *question,
	struct seccomp_verdict *ret)
{
	struct error *error = seccomp_program_evaluate(program, question, ret);

	if (error && error->kind != ERROR_MALFORMED)
		abort();
	if (!error != seccomp_program_is_valid(program))
		abort();
	error_destroy(error);
	return !error;
}

/* Twice the same filter is one filter. */
static void check_twice(const struct seccomp_program *program,
	const struct seccomp_question *question, const struct seccomp_verdict *once)
{
	const struct seccomp_program both[] = {*program, *program};
	struct seccomp_verdict twice;

	if (seccomp_most_restrictive(both, 2, question, &twice))
		abort();
	if (once->certain && kind_of(once) < (int32_t)SECCOMP_RET_ALLOW &&
		(twice.action != once->action || !twice.certain))
		abort();
}

static void check(const struct seccomp_program *program, struct seccomp_question *question)
{
	struct seccomp_verdict guess, truth;

	if (!evaluate(program, question, &guess))
		return;
	check_twice(program, question, &guess);
	question->unknown_arguments = 0;
	question->unknown_pointer = false;
	if (!evaluate(program, question, &truth) || !truth.certain)
		abort();
	if (kind_of(&guess) > kind_of(&truth) || (guess.certain && guess.action != truth.action))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct seccomp_question question = {0};
	size_t head = 2 + sizeof(question.data);

	if (length < head)
		return 0;
	question.unknown_arguments = bytes[0];
	question.unknown_pointer = bytes[1] & 1;
	memcpy(&question.data, bytes + 2, sizeof(question.data));
	size_t count = (length - head) / sizeof(struct sock_filter);
	struct sock_filter *items = copy_items(bytes + head, count);
	check(&(struct seccomp_program){items, count}, &question);
	free(items);
	return 0;
}
