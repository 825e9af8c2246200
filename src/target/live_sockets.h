#pragma once

#include <stdint.h>
#include <sys/types.h>

/*
 * See target_receive_time_out(). For the moment of the question limpet has the socket, too
 * (pidfd_getfd(2), Linux 5.6), for which it needs the right to trace the process.
 */
uint64_t live_receive_time_out(pid_t process, int descriptor);
