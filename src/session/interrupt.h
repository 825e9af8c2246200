#pragma once

#include <stdbool.h>
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
void session_clear_interrupts(void);

/*
 * Called before that end by a third Ctrl-C, in the handler; it must be safe there. NULL: nothing.
 */
void session_set_last_resort(void (*last_resort)(void));

/* SIGTERM or SIGHUP came: whatever is begun from now on is interrupted at once. */
bool session_ended(void);

/* Whether the time (ns) passed; false at once when Ctrl-C is or was pressed. */
bool session_sleep(uint64_t duration);
