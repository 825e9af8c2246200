/* crowd THREADS [BUSY]: so many threads that wait for ever, and beside them so many that burn CPU
 * time. */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "answers.h"
#include "victim.h"
#include "waits.h"

#define STACK (32 * 1024)
#define STEPS 100000

static void *wait_for_ever(void *unused)
{
	static uint32_t word;

	for (;;)
		if (syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0) < 0)
			complain("%s futex: %s", errno == EINTR ? "EINTR" : "BAD", strerror(errno));
	return unused;
}

KEEP static void *burn(void *unused)
{
	for (;;)
		work(STEPS);
	return unused;
}

int main(int count, char **arguments)
{
	long threads = number_argument(count, arguments, 1, 100);
	long busy = number_argument(count, arguments, 2, 0);
	pthread_attr_t attributes;
	pthread_t thread;

	victim_start();
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK);
	for (long i = 0; i < threads; i++)
		if (pthread_create(&thread, &attributes, wait_for_ever, NULL))
			fail("only %ld threads", i);
	for (long i = 0; i < busy; i++)
		spawn("burner", burn, NULL);
	answer_commands(NULL, NULL);
}
