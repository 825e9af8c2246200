/* in_handler: its only thread is in a signal handler, on an alternate stack, and answers from
 * there. */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "answers.h"
#include "victim.h"
#include "waits.h"

#define STACK 65536

static stack_t expected;

static void check_stack(char *line, size_t size)
{
	stack_t now;

	sigaltstack(NULL, &now);
	if (now.ss_sp != expected.ss_sp || now.ss_size != expected.ss_size ||
		now.ss_flags != SS_ONSTACK)
		complain("ALTSTACK %p, flags %#x", now.ss_sp, (unsigned)now.ss_flags);
	append(line, size, " stack=%p", now.ss_sp);
}

static void handle(int number)
{
	(void)number;
	answer_commands(check_stack, NULL);
}

int main(void)
{
	const struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK};

	victim_start();
	expected = (stack_t){.ss_size = STACK};
	expected.ss_sp =
		mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (expected.ss_sp == MAP_FAILED || sigaltstack(&expected, NULL) < 0)
		fail("no alternate stack");
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
}
