#include "target/live_mappings.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "target/proc.h"

/* How much of each mapping is compared with a file that may be another one. */
#define COMPARED ((size_t)64 * 1024)

struct lookup {
	struct target *target;
	pid_t task;
	const struct mapping *mapping;
};

/* A copy of what the kernel mapped without a file. */
static struct error *copy_mapping(struct target *target, const struct mapping *mapping, int *ret_fd)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	size_t length = mapping->end - mapping->start;
	struct error *error = u8_array_reserve(&bytes, length);

	if (error)
		return error;
	if (target_read(target, mapping->start, bytes.items, length) != length)
		return error_create(ERROR_NOT_FOUND, "cannot read %s", mapping->path);
	CLEANUP(cleanup_close) int fd = memfd_create("limpet", MFD_CLOEXEC);
	if (fd < 0)
		return error_create(ERROR_FAILED, "cannot copy %s", mapping->path);
	error = write_all(fd, bytes.items, length);
	if (!error)
		*ret_fd = TAKE_FD(fd);
	return error;
}

static void format_path(const struct lookup *lookup, const char *name, char path[static 96])
{
	proc_format_path(path, 96, lookup->target->identity.pid, lookup->task, name);
}

/* Without ever waiting, as a FIFO in its place would make it do. -1: it cannot be opened. */
static int open_regular(const char *root, const char *path)
{
	int fd = -1;

	error_destroy(file_open_regular(root, path, &fd));
	return fd;
}

/* Only a process has map_files, as which /proc shows each of its threads, if asked by number. */
static int open_link(const struct lookup *lookup)
{
	pid_t pid = lookup->target->identity.pid, task = lookup->task;
	char link[96];

	snprintf(link, sizeof(link), "/proc/%d/map_files/%lx-%lx", task ? task : pid,
		lookup->mapping->start, lookup->mapping->end);
	CLEANUP(cleanup_close) int fd = open_regular(NULL, link);
	/* The number may be another process's by now. */
	if (fd < 0 || (task && !proc_task_lives(pid, task)))
		return -1;
	return TAKE_FD(fd);
}

static bool is_same_file(const struct mapping *one, const struct mapping *other)
{
	return one->inode == other->inode && one->device_major == other->device_major &&
	       one->device_minor == other->device_minor && strcmp(one->path, other->path) == 0;
}

static bool has_same_bytes(struct target *target, const struct mapping *mapping, int fd)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	size_t length = mapping->end - mapping->start;
	struct error *error;

	if (length > COMPARED)
		length = COMPARED;
	error = u8_array_reserve(&bytes, 2 * length);
	if (error) {
		error_destroy(error);
		return false;
	}
	length = target_read(target, mapping->start, bytes.items, length);
	ssize_t got = pread(fd, bytes.items + length, length, (off_t)mapping->offset);
	/* The last page may reach beyond the end of the file. */
	return got > 0 && memcmp(bytes.items, bytes.items + length, (size_t)got) == 0;
}

/*
 * By what nothing writes to: the file's beginning, which has the build id, and its code. Device and
 * inode alone tell nothing of a file of overlayfs or btrfs, whose maps have other numbers.
 */
static bool has_contents(const struct lookup *lookup, int fd)
{
	CLEANUP(mappings_deinit) struct mappings mappings = {0};
	bool begins = false, same = true;
	struct error *error = target_list_mappings(lookup->target, &mappings);

	ARRAY_FOR_EACH (mapping, &mappings.list) {
		/* What is neither may have been relocated. */
		if (mapping->writable || !mapping->readable ||
			(mapping->offset && !mapping->executable) ||
			!is_same_file(mapping, lookup->mapping))
			continue;
		begins |= mapping->offset == 0;
		same = same && has_same_bytes(lookup->target, mapping, fd);
	}
	error_destroy(error);
	return !error && begins && same;
}

static bool is_mapped(const struct lookup *lookup, int fd)
{
	const struct mapping *mapping = lookup->mapping;
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return false;
	return (status.st_ino == mapping->inode && major(status.st_dev) == mapping->device_major &&
		       minor(status.st_dev) == mapping->device_minor) ||
	       has_contents(lookup, fd);
}

/* The program, which may be deleted. */
static int open_executable(const struct lookup *lookup)
{
	char link[96];

	format_path(lookup, "exe", link);
	CLEANUP(cleanup_close) int fd = open_regular(NULL, link);
	return is_mapped(lookup, fd) ? TAKE_FD(fd) : -1;
}

/* A memfd that is still open. */
static int open_descriptor(const struct lookup *lookup)
{
	static const char prefix[] = "/memfd:";
	CLEANUP(descriptor_array_deinit) struct descriptor_array descriptors = {0};
	CLEANUP(cleanup_free) char *path = NULL;
	char name[32], link[96];

	if (strncmp(lookup->mapping->path, prefix, sizeof(prefix) - 1) != 0)
		return -1;
	if (asprintf(&path, "%s (deleted)", lookup->mapping->path) < 0) {
		path = NULL;
		return -1;
	}
	error_destroy(target_find_descriptors(lookup->target, path, &descriptors));
	ARRAY_FOR_EACH (descriptor, &descriptors) {
		snprintf(name, sizeof(name), "fd/%d", *descriptor);
		format_path(lookup, name, link);
		CLEANUP(cleanup_close) int fd = open_regular(NULL, link);
		if (is_mapped(lookup, fd))
			return TAKE_FD(fd);
	}
	return -1;
}

static struct error *open_by_name(const struct lookup *lookup, int *ret_fd)
{
	const char *path = lookup->mapping->path;
	CLEANUP(cleanup_close) int fd = -1;
	char root[96];
	struct error *error;

	format_path(lookup, "root", root);
	error = file_open_regular(root, path, &fd);
	if (error && lookup->mapping->deleted && error->kind == ERROR_NOT_FOUND) {
		error_destroy(error);
		return error_set_hint(error_create(ERROR_NOT_FOUND,
					      "'%s' was deleted after the process mapped it", path),
			"root, or CAP_CHECKPOINT_RESTORE, can read it all the same");
	}
	if (error)
		return error;
	if (is_mapped(lookup, fd)) {
		*ret_fd = TAKE_FD(fd);
		return NULL;
	}
	return error_set_hint(error_create(ERROR_NOT_FOUND,
				      "'%s' was replaced after the process mapped it", path),
		"root, or CAP_CHECKPOINT_RESTORE, can read what is mapped all the same");
}

/*
 * First the file that is really mapped, whatever its name leads to by now; without the right to
 * that (CAP_CHECKPOINT_RESTORE), the program, a descriptor, or the name as the process sees it, if
 * it is the same file.
 */
struct error *live_open_mapped(
	struct target *target, pid_t task, const struct mapping *mapping, int *ret_fd)
{
	static int (*const ways[])(const struct lookup *lookup) = {
		open_link, open_executable, open_descriptor};
	struct lookup lookup = {target, task, mapping};

	if (strcmp(mapping->path, "[vdso]") == 0)
		return copy_mapping(target, mapping, ret_fd);
	if (!mapping->inode || mapping->path[0] != '/')
		return error_create(ERROR_NOT_FOUND, "no file behind '%s'", mapping->path);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		int fd = ways[i](&lookup);

		if (fd < 0)
			continue;
		*ret_fd = fd;
		return NULL;
	}
	return open_by_name(&lookup, ret_fd);
}

static bool is_same_link(const char *one, const char *other)
{
	char text[64] = "";
	ssize_t length = readlink(one, text, sizeof(text) - 1);

	return length > 0 && file_links_to(AT_FDCWD, other, text);
}

/* Where the mounts and the root are limpet's own, so are the files. */
void live_find_root(pid_t process, pid_t task, char ret[static TARGET_ROOT_SIZE])
{
	char mounts[TARGET_ROOT_SIZE];
	struct stat status, own;

	proc_format_path(mounts, sizeof(mounts), process, task, "ns/mnt");
	proc_format_path(ret, TARGET_ROOT_SIZE, process, task, "root");
	if (is_same_link("/proc/self/ns/mnt", mounts) && stat(ret, &status) == 0 &&
		stat("/", &own) == 0 && status.st_ino == own.st_ino && status.st_dev == own.st_dev)
		ret[0] = '\0';
}
