#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "dwarf/dwarf.h"

/* *ret is NULL if there is no such file. */
static struct error *try_open(const char *path, struct elf_image **ret)
{
	struct stat status;

	*ret = NULL;
	/* Whoever made the file may have named a device. */
	if (stat(path, &status) < 0 || !S_ISREG(status.st_mode))
		return NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return NULL;
	return elf_image_open(fd, path, ret);
}

/* In the folder that a file is in. */
static struct error *open_beside(const char *file, const char *name, struct elf_image **ret)
{
	const char *slash = strrchr(file, '/');
	char path[PATH_MAX];
	int length = snprintf(
		path, sizeof(path), "%.*s%s", slash ? (int)(slash + 1 - file) : 0, file, name);

	*ret = NULL;
	return length < (int)sizeof(path) ? try_open(path, ret) : NULL;
}

static struct error *open_object(
	const char *file, const struct dwarf_file_wish *wish, struct elf_image **ret)
{
	const char *slash = strrchr(wish->name, '/');
	char path[PATH_MAX];
	bool relative = wish->name[0] != '/' && wish->folder[0];
	int length = snprintf(path, sizeof(path), "%s%s%s", relative ? wish->folder : "",
		relative ? "/" : "", wish->name);
	struct error *error = NULL;

	if (length < (int)sizeof(path))
		error = try_open(path, ret);
	if (error || *ret)
		return error;
	return open_beside(file, slash ? slash + 1 : wish->name, ret);
}

static struct error *open_package(const char *file, struct elf_image **ret)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s.dwp", file) >= (int)sizeof(path))
		return NULL;
	return try_open(path, ret);
}

struct error *dwarf_open_as_named(
	void *context, const struct dwarf_file_wish *wish, struct elf_image **ret)
{
	const char *file = context;

	*ret = NULL;
	switch (wish->kind) {
	case DWARF_FILE_OBJECT:
		return open_object(file, wish, ret);
	case DWARF_FILE_PACKAGE:
		return open_package(file, ret);
	case DWARF_FILE_SUPPLEMENT:
		return wish->name[0] == '/' ? try_open(wish->name, ret)
					    : open_beside(file, wish->name, ret);
	}
	return NULL;
}
