#pragma once

#include "arch/call_chain.h"
#include "base/error.h"
#include "call/choice.h"
#include "call/order.h"
#include "call/time_places.h"
#include "elf/modules.h"
#include "target/target.h"
#include "unwind/unwind.h"

/* Finds a thread that may be borrowed, and borrows it. All borrowed from the owner. */
struct borrower {
	struct target *target;
	struct module_table *modules;
	struct unwinder *unwinder;
	struct unwind_result unwound;
	struct thread_waits waits;
	const struct call_order *order; /* that the thread itself is to carry out, or NULL */
	pid_t only;                     /* the one thread that may be borrowed; 0: any */
	uint64_t patience;              /* ns that it is tried for */
	enum thread_refusal refusal;    /* of it, if the last borrow_thread() did not get it */
	int memory; /* target_open_memory(), from before anything was learnt of the program; -1 */
	uint64_t signal_return; /* code that must be there: call_gadgets.signal_return */
	uint64_t own_signals;   /* struct call_situation */
	struct time_places places;
};

/* The thread that was taken. */
struct borrowed {
	pid_t thread;
	char name[16];
	uint64_t stack_pointer; /* where it waited; all that it was sent off to do is below */
	uint64_t committed;     /* monotonic ns */
	uint64_t held;          /* ns */
};

/*
 * From where a thread is to what it is to do: the chain, and the registers that it is sent off
 * with. false: this thread will not do. What is passed is valid until it returns.
 */
typedef bool plan_function(void *context, const struct call_situation *situation,
	const struct capture *found, struct call_chain *chain, struct raw_registers *ret);

/* Memory below the chain that calls may need for their own frames. */
#define BORROW_STACK_ROOM (64 * 1024)

/*
 * Tries all threads, the best first, again and again for some two seconds, or the only one for as
 * long as its patience, once at least. *ret is valid once it returns NULL. ERROR_UNSUPPORTED: no
 * thread would do, and why.
 */
struct error *borrow_thread(struct borrower *borrower, plan_function *plan, void *context,
	struct borrowed *ret) MUST_CHECK;

/*
 * Whether the thread waits again where it was borrowed from, or is gone. Of one that runs, or waits
 * elsewhere, it cannot be seen.
 */
bool borrowed_is_back(struct borrower *borrower, const struct borrowed *borrowed);

void borrower_deinit(struct borrower *borrower);
