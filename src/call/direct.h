#pragma once

#include "call/borrower.h"
#include "call/equipment.h"
#include "call/order.h"
#include "call/report.h"

/*
 * Calls that a thread of the program makes itself, on its own stack: nothing of limpet's is in the
 * process but a detour of that thread, and its results in memory that is nobody's.
 */

/* NULL: possible, as far as can be seen. ERROR_UNSUPPORTED says what is missing. */
struct error *direct_check(const struct call_equipment *equipment, const struct call_order *order)
	MUST_CHECK;

/*
 * Until no call is under way that was not waited for, of this limpet or of one that is gone.
 * ERROR_FAILED: it does not end in time. To be asked while the process is claimed.
 */
struct error *direct_wait(struct borrower *borrower, const struct call_equipment *equipment)
	MUST_CHECK;

/*
 * Results go into the order's items, outputs to *ret_outputs, ORDER_OUTPUTS_MAX bytes. wait: see
 * call_wait.
 */
struct error *direct_run(struct borrower *borrower, const struct call_equipment *equipment,
	struct call_order *order, const struct call_wait *wait, void *ret_outputs,
	struct call_report *ret_report) MUST_CHECK;
