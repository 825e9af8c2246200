#include "target/thread_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KEPT_COUNT 256
/* Descriptors: few enough for the usual limit of 1024, with those of live_threads.c. */
#define KEPT_OPEN_MAX 384

/* Files that are asked for at every sample stay open: opening takes longer than reading. */
static const char *const kept_names[] = {"stat", "schedstat", "sched", "status", "syscall"};

#define KEPT_NAMES (sizeof(kept_names) / sizeof(kept_names[0]))

struct kept_files {
	pid_t thread;                /* 0: none */
	int descriptors[KEPT_NAMES]; /* + 1; 0: not open */
};

static struct kept_files kept[KEPT_COUNT];
static size_t kept_open;

void thread_files_forget(void)
{
	memset(kept, 0, sizeof(kept));
	kept_open = 0;
}

int thread_file_open(pid_t process, pid_t thread, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", process, thread, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void close_kept(struct kept_files *files)
{
	for (size_t i = 0; i < KEPT_NAMES; i++)
		if (files->descriptors[i]) {
			close(files->descriptors[i] - 1);
			kept_open--;
		}
	*files = (struct kept_files){0};
}

/* Also those of threads that have gone, and are not asked for again. */
static void make_room(void)
{
	for (size_t i = 0; kept_open >= KEPT_OPEN_MAX && i < KEPT_COUNT; i++)
		close_kept(&kept[i]);
}

static int open_kept(pid_t process, struct kept_files *files, pid_t thread, size_t name)
{
	if (files->thread != thread)
		close_kept(files);
	if (!files->descriptors[name]) {
		make_room();
		files->descriptors[name] = thread_file_open(process, thread, kept_names[name]) + 1;
		kept_open += files->descriptors[name] != 0;
	}
	files->thread = thread;
	return files->descriptors[name] - 1;
}

static ssize_t read_kept(pid_t process, pid_t thread, size_t name, char *text)
{
	struct kept_files *files = &kept[(size_t)thread % KEPT_COUNT];
	int file = open_kept(process, files, thread, name);

	if (file < 0)
		return -1;
	ssize_t length = pread(file, text, THREAD_FILE_MAX, 0);
	/* The thread has gone; another one may have its number. */
	if (length <= 0)
		close_kept(files);
	return length;
}

static ssize_t read_once(pid_t process, pid_t thread, const char *name, char *text)
{
	int file = thread_file_open(process, thread, name);

	if (file < 0)
		return -1;
	ssize_t length = read(file, text, THREAD_FILE_MAX);
	close(file);
	return length;
}

static ssize_t read_file(pid_t process, pid_t thread, const char *name, char *text)
{
	for (size_t i = 0; i < KEPT_NAMES; i++)
		if (strcmp(kept_names[i], name) == 0) {
			ssize_t length = read_kept(process, thread, i, text);

			return length > 0 ? length : read_once(process, thread, name, text);
		}
	return read_once(process, thread, name, text);
}

struct cursor thread_file_read(
	pid_t process, pid_t thread, const char *name, char text[static THREAD_FILE_MAX])
{
	ssize_t length = read_file(process, thread, name, text);

	return cursor_over(text, length < 0 ? 0 : (size_t)length);
}
