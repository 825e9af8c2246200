#include "sandbox/confine.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/file.h"

#define NOBODY           65534
#define STATUS_SIZE_MAX  4096
#define CAPABILITIES_MAX 64 /* as many as the kernel's sets have room for */

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MAPS_SHADOW_MEMORY true
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define MAPS_SHADOW_MEMORY true
#endif
#if !defined(MAPS_SHADOW_MEMORY)
#define MAPS_SHADOW_MEMORY false /* terabytes of addresses, by AddressSanitizer */
#endif

/* In some containers root may not become anybody else; it has no capabilities all the same. */
static bool cannot_become(void)
{
	return errno == EPERM || errno == EINVAL;
}

static struct error *become_nobody(void)
{
	if (geteuid() != 0 && getuid() != 0)
		return NULL;
	if (setgroups(0, NULL) < 0 && !cannot_become())
		return error_from_errno(errno, "cannot leave root's groups");
	if (setresgid(NOBODY, NOBODY, NOBODY) < 0 && !cannot_become())
		return error_from_errno(errno, "cannot leave root's group");
	if (setresuid(NOBODY, NOBODY, NOBODY) < 0 && !cannot_become())
		return error_from_errno(errno, "cannot become nobody");
	return NULL;
}

/* Needs a capability itself; without it there is nothing to gain, with no_new_privs. */
static void empty_bounding_set(void)
{
	for (unsigned long capability = 0; capability < CAPABILITIES_MAX; capability++)
		prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

static struct error *drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capset, &header, none) < 0)
		return error_from_errno(errno, "cannot drop the capabilities");
	return NULL;
}

struct error *sandbox_drop_rights(pid_t parent)
{
	struct error *error;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_from_errno(errno, "cannot set no_new_privs");
	empty_bounding_set();
	error = become_nobody();
	if (!error)
		error = drop_capabilities();
	if (error)
		return error;
	/* Both are undone by a change of credentials. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_from_errno(errno, "cannot forbid others to look inside");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return error_from_errno(errno, "cannot ask to end with the parent");
	if (getppid() != parent)
		return error_create(ERROR_GONE, "the parent has ended");
	return NULL;
}

/* proc(5), /proc/PID/statm: the first number is what is mapped, in pages. */
static struct error *mapped_now(uint64_t *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	struct error *error = file_read("/proc/self/statm", STATUS_SIZE_MAX, &text);
	struct cursor cursor;
	uint64_t pages;

	if (error)
		return error;
	cursor = cursor_over(text.items, text.count);
	if (!cursor_take_decimal(&cursor, &pages))
		return error_create(ERROR_MALFORMED, "'/proc/self/statm' has no number");
	*ret = pages * (uint64_t)sysconf(_SC_PAGESIZE);
	return NULL;
}

static struct error *set_limit(int resource, uint64_t value)
{
	const struct rlimit limit = {value, value};
	struct rlimit now;

	if (getrlimit((__rlimit_resource_t)resource, &now) == 0 && now.rlim_max < value)
		return NULL; /* a lower one holds */
	if (setrlimit((__rlimit_resource_t)resource, &limit) < 0)
		return error_from_errno(errno, "cannot set a limit");
	return NULL;
}

struct error *sandbox_set_limits(const struct sandbox_limits *limits)
{
	struct error *error = NULL;
	uint64_t mapped = 0;

	if (!MAPS_SHADOW_MEMORY) {
		error = mapped_now(&mapped);
		if (!error)
			error = set_limit(RLIMIT_AS, mapped + limits->memory);
	}
	if (!error)
		error = set_limit(RLIMIT_NOFILE, limits->descriptors);
	if (!error)
		error = set_limit(RLIMIT_CORE, 0);
	if (!error && !limits->processes)
		error = set_limit(RLIMIT_NPROC, 0);
	return error;
}
