#include "../base/test_support.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "target/proc.h"
#include "target/sleep_clock.h"

#define TRIES 100
#define SHARE (2 * NANOSECONDS_PER_MILLISECOND)

/* Two threads on one CPU, of which one goes to sleep as soon as it has had its share. */
struct pair {
	pthread_t sleeper, burner;
	_Atomic pid_t thread;
	_Atomic unsigned turns; /* that the sleeper is asked for */
	_Atomic unsigned taken; /* and that it has slept */
	_Atomic uint64_t begun; /* when it went to sleep, monotonic ns; 0: not yet */
	_Atomic bool over;
	pthread_mutex_t lock; /* on which it sleeps */
};

static void go_to(pthread_t thread, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	assert_int_equal(pthread_setaffinity_np(thread, sizeof(set), &set), 0);
}

static void *burn(void *context)
{
	struct pair *pair = context;

	while (!atomic_load(&pair->over))
		;
	return NULL;
}

static void use_share(void)
{
	uint64_t end = clock_monotonic() + SHARE;

	while (clock_monotonic() < end)
		;
}

static void *sleep_in_turns(void *context)
{
	struct pair *pair = context;

	atomic_store(&pair->thread, gettid());
	for (unsigned turn = 1; !atomic_load(&pair->over); turn++) {
		while (atomic_load(&pair->turns) < turn && !atomic_load(&pair->over))
			;
		use_share();
		atomic_store(&pair->begun, clock_monotonic());
		pthread_mutex_lock(&pair->lock);
		pthread_mutex_unlock(&pair->lock);
		atomic_store(&pair->taken, turn);
	}
	return NULL;
}

static bool is_asleep(pid_t thread)
{
	struct proc_stat stat;

	assert_success(proc_read_stat(getpid(), thread, &stat));
	return stat.state == 'S';
}

/* Moved while it still stands in the queue of its CPU, as the kernel does to share the work. */
static void sleep_and_move(struct pair *pair)
{
	uint64_t slept;

	pthread_mutex_lock(&pair->lock);
	atomic_store(&pair->begun, 0);
	go_to(pair->sleeper, 0);
	atomic_fetch_add(&pair->turns, 1);
	while (!atomic_load(&pair->begun) || !is_asleep(atomic_load(&pair->thread)))
		sched_yield();
	go_to(pair->sleeper, 1);
	slept = sleep_clock_read(getpid(), atomic_load(&pair->thread));
	assert_in_range(slept, 0, clock_monotonic() - atomic_load(&pair->begun));
	pthread_mutex_unlock(&pair->lock);
	while (atomic_load(&pair->taken) != atomic_load(&pair->turns))
		sched_yield();
}

static void a_sleep_is_never_said_to_be_longer_than_it_is(void **state)
{
	struct pair pair = {.lock = PTHREAD_MUTEX_INITIALIZER};

	(void)state;
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		skip();
	pthread_create(&pair.sleeper, NULL, sleep_in_turns, &pair);
	pthread_create(&pair.burner, NULL, burn, &pair);
	go_to(pair.burner, 0);
	go_to(pthread_self(), 1);
	while (!atomic_load(&pair.thread))
		sched_yield();
	for (int i = 0; i < TRIES; i++)
		sleep_and_move(&pair);
	atomic_store(&pair.over, true);
	pthread_join(pair.sleeper, NULL);
	pthread_join(pair.burner, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sleep_is_never_said_to_be_longer_than_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
