#include "target/thread_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct cursor thread_file_read(
	pid_t process, pid_t thread, const char *name, char text[static THREAD_FILE_MAX])
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", process, thread, name);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return cursor_over(text, 0);
	ssize_t length = read(file, text, THREAD_FILE_MAX);
	close(file);
	return cursor_over(text, length < 0 ? 0 : (size_t)length);
}
