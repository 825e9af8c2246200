/*
 * A stand-in for jemalloc, of which Debian has none for musl: two names, whose value is how often
 * the calling thread has asked, from 1000 on. Each thread must have its own.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static __thread uint64_t calls = 1000;

int mallctl(const char *name, void *old, size_t *old_length, void *new, size_t new_length);
int mallctlnametomib(const char *name, size_t *mib, size_t *length);
int mallctlbymib(const size_t *mib, size_t length, void *old, size_t *old_length, void *new,
	size_t new_length);

int mallctl(const char *name, void *old, size_t *old_length, void *new, size_t new_length)
{
	if (strcmp(name, "epoch") != 0 && strcmp(name, "stats.allocated") != 0)
		return ENOENT;
	if ((new &&new_length != sizeof(calls)) || (old && *old_length != sizeof(calls)))
		return EINVAL;
	calls++;
	if (old)
		memcpy(old, &calls, sizeof(calls));
	return 0;
}

int mallctlnametomib(const char *name, size_t *mib, size_t *length)
{
	(void)name, (void)mib, (void)length;
	return ENOENT;
}

int mallctlbymib(const size_t *mib, size_t length, void *old, size_t *old_length, void *new,
	size_t new_length)
{
	(void)mib, (void)length, (void)old, (void)old_length, (void)new, (void)new_length;
	return ENOENT;
}
