#include "../base/test_support.h"

#include "target/refusal.h"

#define OWN_USER   1000
#define OTHER_USER 1001

#define HINT_CONTAINER                                                                             \
	"limpet runs as root, but in a container without the capability CAP_SYS_PTRACE: start "    \
	"the container with --cap-add=SYS_PTRACE, or run limpet on the host"
#define HINT_WEAK_ROOT                                                                             \
	"limpet runs as root, but without the capability CAP_SYS_PTRACE: give it back to this "    \
	"shell or service (CapabilityBoundingSet, --cap-add)"
#define MESSAGE      "not permitted to attach to process 4242 (server)"
#define MESSAGE_YAMA MESSAGE ": the Yama security module forbids it"
#define MESSAGE_CLOSED                                                                             \
	MESSAGE                                                                                    \
	": it has closed itself to other processes of its user (set-user-ID, or PR_SET_DUMPABLE)"
#define HINT_YAMA_3                                                                                \
	"kernel.yama.ptrace_scope is 3: nobody may attach to any process until the next boot "     \
	"with another value"
#define HINT_YAMA_2 "kernel.yama.ptrace_scope is 2: run limpet as root (sudo limpet -p 4242)"
#define HINT_YAMA_1                                                                                \
	"kernel.yama.ptrace_scope is 1: run limpet as root (sudo limpet -p 4242), or allow it "    \
	"until the next boot: sudo sysctl kernel.yama.ptrace_scope=0"
#define HINT_UNKNOWN                                                                               \
	"a security module or a seccomp filter forbids ptrace here: in a container, start it "     \
	"with --cap-add=SYS_PTRACE; else see `dmesg` or `ausearch -m avc`"

struct refusal {
	uid_t own_user, target_user;
	bool capability;
	int yama;
	bool container, dumpable;
	const char *message, *hint;
};

static const struct refusal refusals[] = {
	/* Another user's process. */
	{OWN_USER, OTHER_USER, false, 0, false, true,
		MESSAGE ": it belongs to user 1001, limpet runs as user 1000",
		"run limpet as user 1001 or as root: sudo limpet -p 4242"},
	{OWN_USER, 0, false, -1, true, false,
		MESSAGE ": it belongs to user 0, limpet runs as user 1000",
		"run limpet as user 0 or as root: sudo limpet -p 4242"},
	/* It comes before what Yama would say: as that user, it might be permitted. */
	{OWN_USER, OTHER_USER, false, 1, false, true,
		MESSAGE ": it belongs to user 1001, limpet runs as user 1000",
		"run limpet as user 1001 or as root: sudo limpet -p 4242"},
	/* Root without the capability. */
	{0, OTHER_USER, false, 0, true, true,
		MESSAGE ": it belongs to user 1001, limpet runs as user 0", HINT_CONTAINER},
	{0, OTHER_USER, false, 0, false, true,
		MESSAGE ": it belongs to user 1001, limpet runs as user 0", HINT_WEAK_ROOT},
	{0, 0, false, 1, true, true, MESSAGE_YAMA, HINT_CONTAINER},
	{0, 0, false, 1, false, true, MESSAGE_YAMA, HINT_WEAK_ROOT},
	{0, 0, false, 2, true, true, MESSAGE_YAMA, HINT_CONTAINER},
	{0, 0, false, 0, true, false, MESSAGE_CLOSED, HINT_CONTAINER},
	{0, 0, false, 0, false, false, MESSAGE_CLOSED, HINT_WEAK_ROOT},
	/* Yama. */
	{OWN_USER, OWN_USER, false, 1, false, true, MESSAGE_YAMA, HINT_YAMA_1},
	{OWN_USER, OWN_USER, false, 2, false, true, MESSAGE_YAMA, HINT_YAMA_2},
	{OWN_USER, OWN_USER, false, 3, false, true, MESSAGE_YAMA, HINT_YAMA_3},
	{0, 0, true, 3, false, true, MESSAGE_YAMA, HINT_YAMA_3},
	{0, 0, false, 3, true, true, MESSAGE_YAMA, HINT_YAMA_3},
	{OWN_USER, OTHER_USER, false, 3, false, true, MESSAGE_YAMA, HINT_YAMA_3},
	/* Not dumpable. */
	{OWN_USER, OWN_USER, false, 0, false, false, MESSAGE_CLOSED,
		"run limpet as root: sudo limpet -p 4242"},
	{OWN_USER, OWN_USER, false, -1, true, false, MESSAGE_CLOSED,
		"run limpet as root: sudo limpet -p 4242"},
	/* Nothing that is known. */
	{OWN_USER, OWN_USER, false, 0, false, true, MESSAGE, HINT_UNKNOWN},
	{OWN_USER, OWN_USER, false, -1, false, true, MESSAGE, HINT_UNKNOWN},
	{0, 0, false, -1, true, true, MESSAGE, HINT_UNKNOWN},
	{0, OTHER_USER, true, 2, false, false, MESSAGE, HINT_UNKNOWN},
};

static void every_refusal_says_why_and_what_to_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *refusal = &refusals[i];
		const struct refusal_facts facts = {
			.pid = 4242,
			.name = "server",
			.own_user = refusal->own_user,
			.target_user = refusal->target_user,
			.own_capability = refusal->capability,
			.yama = refusal->yama,
			.in_container = refusal->container,
			.dumpable = refusal->dumpable,
		};

		assert_error(
			refusal_explain(&facts), ERROR_DENIED, refusal->message, refusal->hint);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_refusal_says_why_and_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
