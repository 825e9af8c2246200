#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "cli/rule.h"
#include "session/session.h"

/*
 * The rules that `on` has armed. They are looked at while limpet waits: in rules_wait(), and when
 * the prompt asks rules_are_due(). While the commands of one run, all others wait.
 */

#define RULES_WAIT_FOR_EVER UINT64_MAX
#define RULES_ALL           0
#define RULES_NONE          UINT32_MAX

/* Takes over the rule, also on failure; its number is given here. */
struct error *rules_arm(struct session *session, struct rule *rule) MUST_CHECK;

/* By number; RULES_ALL: whether any is. */
bool rules_armed(const struct session *session, unsigned number);
size_t rules_count(const struct session *session);
const struct rule *rules_get(const struct session *session, size_t index);

/* ERROR_NOT_FOUND. */
struct error *rules_disarm(struct session *session, unsigned number) MUST_CHECK;

/*
 * Runs what comes due until that time (clock_monotonic()), until the rule of that number, or all,
 * have ended, or until Ctrl-C, which is ERROR_INTERRUPTED. With RULES_NONE only the time counts.
 * What goes wrong with a rule is reported, and remembered in session->failure.
 */
struct error *rules_wait(struct session *session, unsigned number, uint64_t until) MUST_CHECK;

/* Whether rules_act() has something to do; if not, nothing was printed. */
bool rules_are_due(struct session *session);
struct error *rules_act(struct session *session) MUST_CHECK;

/* Whether the commands of one are running. */
bool rules_are_busy(const struct session *session);

/* Disarms all, and forgets them. */
void rules_destroy(struct session *session);
