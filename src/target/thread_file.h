#pragma once

#include <sys/types.h>

#include "base/cursor.h"

#define THREAD_FILE_MAX 4096

/* Opens /proc/PROCESS/task/THREAD/NAME; -1: that cannot be. The caller closes it. */
int thread_file_open(pid_t process, pid_t thread, const char *name);

/*
 * /proc/PROCESS/task/THREAD/NAME, read into text; nothing if it cannot be read. Files of few
 * threads stay open. Also for the tracer process: does not allocate, as proc_read() does.
 */
struct cursor thread_file_read(
	pid_t process, pid_t thread, const char *name, char text[static THREAD_FILE_MAX]);

/* In a child process that has closed all that it was born with: those files are not open there. */
void thread_files_forget(void);
