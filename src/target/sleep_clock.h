#pragma once

#include <stdint.h>
#include <sys/types.h>

/*
 * How long a thread has slept, ns; a little less rather than more. 0: unknown. From the scheduler's
 * note of when it left its CPU (se.exec_start of /proc/PID/sched, kernel/sched/debug.c), which is
 * in the clock of that CPU: what that clock shows now is read off the calling thread, which goes
 * there for a moment.
 */
uint64_t sleep_clock_read(pid_t process, pid_t thread);
