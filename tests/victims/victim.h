#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * What every victim does alike. A victim prints facts, one a line ("thread NAME TID"), then
 * "ready"; it answers commands read from its stdin, and ends when its stdin or its parent does.
 * Nothing here uses the heap: the allocator belongs to what a victim shows.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* A function that stays a function: with its own frame, its own name and its own code. */
#if defined(__clang__)
#define KEEP __attribute__((noinline))
#else
#define KEEP __attribute__((noipa))
#endif

/* Dies with its parent, may be traced by anybody of the same user. To be called first. */
void victim_start(void);

/* Prints a line at once. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints why, and ends the process with status 2. */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Starts a thread with this name and prints "thread NAME TID". Returns its TID. */
pid_t spawn(const char *name, void *(*run)(void *), void *argument);

/* The same with a stack of so many bytes. */
pid_t spawn_with_stack(const char *name, size_t bytes, void *(*run)(void *), void *argument);

/* Returns when that thread of this process sleeps in a system call. */
void wait_until_asleep(pid_t tid);
/* The same, or it waits for a vfork child, where nothing can interrupt it. */
void wait_until_blocked(pid_t tid);

/*
 * Waits in read(0) for a line and stores it without its newline; ends the process when stdin has
 * ended. A longer line is cut.
 */
void read_command(char *line, size_t size);

/* Prints "ready" and waits until stdin ends. */
void wait_for_end(void) __attribute__((noreturn));

/* The argument at index as a number, or a default where there is none. */
long number_argument(int count, char **arguments, int index, long otherwise);

/*
 * So many steps of work that no compiler can shorten, each one as long as the other, wherever the
 * linker puts them: a loop that crosses a line of the cache takes twice the time on some machines.
 * No function, not even an inlined one: that would be a frame of its own.
 */
#if defined(__x86_64__)
#define WORK_STEPS(left)                                                                           \
	if (left)                                                                                  \
	__asm__ volatile(".p2align 6\n\t"                                                          \
			 "1: dec %0\n\t"                                                           \
			 "jnz 1b"                                                                  \
			 : "+r"(left)                                                              \
			 :                                                                         \
			 : "cc")
#else
#define WORK_STEPS(left)                                                                           \
	while (left--)                                                                             \
	__asm__ volatile("" : "+r"(left))
#endif
#define work(steps)                                                                                \
	do {                                                                                       \
		unsigned long left_ = (unsigned long)(steps);                                      \
		WORK_STEPS(left_);                                                                 \
	} while (0)

#ifdef __cplusplus
}
#endif
