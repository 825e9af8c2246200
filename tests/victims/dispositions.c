/*
 * dispositions blocked|ignored|handled: what SIGSEGV and SIGTRAP do to it. "check" complains
 * "ACTION" if they are not as they were, and raises both where that is harmless.
 */
#include <signal.h>
#include <string.h>
#include <time.h>

#include "answers.h"
#include "victim.h"
#include "waits.h"

#define PAUSE 5000000 /* ns */

static const int numbers[] = {SIGSEGV, SIGTRAP};
static struct sigaction actions[2];
static volatile sig_atomic_t handled;
static unsigned long raised;
static bool handles, blocks;
static sigset_t mask;

static void count(int number)
{
	(void)number;
	handled++;
}

static void set(const char *how)
{
	struct sigaction action = {.sa_handler = strcmp(how, "ignored") == 0 ? SIG_IGN : SIG_DFL};

	handles = strcmp(how, "handled") == 0;
	blocks = strcmp(how, "blocked") == 0;
	if (handles)
		action.sa_handler = count;
	sigemptyset(&mask);
	for (int i = 0; i < 2; i++) {
		sigaction(numbers[i], &action, NULL);
		sigaction(numbers[i], NULL, &actions[i]);
		if (blocks)
			sigaddset(&mask, numbers[i]);
	}
	sigprocmask(SIG_BLOCK, &mask, NULL);
	sigprocmask(SIG_BLOCK, NULL, &mask);
}

static bool same_mask(void)
{
	sigset_t now;

	sigprocmask(SIG_BLOCK, NULL, &now);
	return memcmp(&now, &mask, sizeof(unsigned long)) == 0;
}

static void check_actions(char *line, size_t size)
{
	for (int i = 0; i < 2; i++) {
		struct sigaction now;

		sigaction(numbers[i], NULL, &now);
		if (now.sa_handler != actions[i].sa_handler || now.sa_flags != actions[i].sa_flags)
			complain("ACTION %d", numbers[i]);
		if (!blocks)
			raise(numbers[i]);
		raised += handles;
	}
	if (!same_mask())
		complain("MASK dispositions");
	if ((unsigned long)handled != raised)
		complain("SIGNALS %lu raised, %d handled", raised, (int)handled);
	append(line, size, " raised=%lu", raised);
}

static void rest(void *unused)
{
	const struct timespec pause = {.tv_nsec = PAUSE};

	(void)unused;
	nanosleep(&pause, NULL);
}

int main(int count_of_arguments, char **arguments)
{
	victim_start();
	if (count_of_arguments != 2)
		fail("blocked, ignored or handled?");
	set(arguments[1]);
	spawn_worker("sleeper", rest, NULL);
	answer_commands(check_actions, NULL);
}
