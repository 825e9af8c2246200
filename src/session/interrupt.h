#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Ctrl-C. The handler counts, and lets blocking calls return with EINTR. The third one that nobody
 * heeded ends the program as if nothing caught the signal. Also makes writing to a closed pipe an
 * error (EPIPE), here but not in the programs that limpet starts.
 */
void session_catch_signals(void);

/* Whether, and how often, Ctrl-C was pressed since the clearing: before each command. */
bool session_interrupted(void);
unsigned session_interrupts(void);
/* How often that was Ctrl-C, and not a signal to end (session_ended()). */
unsigned session_key_presses(void);
void session_clear_interrupts(void);
/* Heeds one of them, as if it had not been pressed. */
void session_take_interrupt(void);

/* How often since the start: what a command has heeded and cleared counts, too. */
unsigned session_interrupts_ever(void);

/*
 * Called before that end by a third Ctrl-C, in the handler; it must be safe there. NULL: nothing.
 */
void session_set_last_resort(void (*last_resort)(void));

/* SIGTERM or SIGHUP came: whatever is begun from now on is interrupted at once. */
bool session_ended(void);

/*
 * After SIGTERM or SIGHUP: what puts things right again is not interrupted. Another one counts
 * anew.
 */
void session_begin_cleanup(void);

/*
 * SIGUSR1 or SIGUSR2 are counted from then on, in place of ending limpet; false: another signal.
 * How many came since they were last taken.
 */
bool session_catch_signal(int number);
unsigned session_signals(int number);
void session_take_signals(int number);

/*
 * Returns at that time (clock_monotonic(), ns), when one of the descriptors is ready, or when
 * Ctrl-C is or was pressed or a caught signal came that was not taken yet, whichever is first.
 */
void session_wait(struct pollfd *descriptors, size_t count, uint64_t until);

/* Whether the time (ns) passed; false at once when Ctrl-C is or was pressed. */
bool session_sleep(uint64_t duration);
