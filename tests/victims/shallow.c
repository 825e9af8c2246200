/*
 * shallow: a thread that waits with less than 512 bytes of stack above the guard page, and verifies
 * what lies there. The main thread answers from a signal handler, where it cannot be borrowed.
 */
#include <alloca.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "answers.h"
#include "victim.h"
#include "waits.h"

#define PAGE  4096
#define STACK (64 * 1024)
#define LEFT  512
#define MARK  0x5a

static int nothing[2];
static unsigned char *stack;

/* No frame below this one: the system call is made right here. */
KEEP static long wait_deep_down(void)
{
	unsigned char *here = __builtin_frame_address(0);
	unsigned char *deep = alloca((size_t)(here - stack) - LEFT);
	char byte;
	long result;

	*(volatile unsigned char *)deep = MARK;
#ifdef __x86_64__
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(SYS_read), "D"(nothing[0]), "S"(&byte), "d"(1)
			 : "rcx", "r11", "memory");
#else
	result = syscall(SYS_read, nothing[0], &byte, 1);
#endif
	return *(volatile unsigned char *)deep == MARK ? result : -1;
}

static void *wait_for_ever(void *unused)
{
	pthread_setname_np(pthread_self(), "shallow");
	for (;;)
		if (wait_deep_down() != 1)
			complain("BAD read");
	return unused;
}

static void start(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	stack = mmap(
		NULL, STACK + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack == MAP_FAILED || mprotect(stack, PAGE, PROT_NONE) < 0)
		fail("mmap: %s", strerror(errno));
	stack += PAGE;
	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, stack, STACK);
	if (pthread_create(&thread, &attributes, wait_for_ever, NULL))
		fail("no thread");
}

static void poke(char *line, size_t size)
{
	if (write(nothing[1], "w", 1) != 1)
		fail("write: %s", strerror(errno));
	append(line, size, " pokes=1");
}

static void handle(int number)
{
	(void)number;
	answer_commands(poke, NULL);
}

int main(void)
{
	victim_start();
	if (pipe(nothing) < 0)
		fail("pipe: %s", strerror(errno));
	start();
	signal(SIGUSR1, handle);
	raise(SIGUSR1);
}
