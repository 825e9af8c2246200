#include "push/profile_file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

struct error *push_profile_file_read(int fd, struct u8_array *ret)
{
	struct u8_array bytes = {0};
	struct stat status;
	struct error *error;
	size_t size;

	if (fstat(fd, &status))
		return error_from_errno(errno, "cannot read the profile");
	if (status.st_size < 0 || (uint64_t)status.st_size > PUSH_PROFILE_MAX)
		return error_create(ERROR_MALFORMED, "the profile is larger than %lu MiB",
			PUSH_PROFILE_MAX >> 20);
	size = (size_t)status.st_size;
	error = u8_array_reserve(&bytes, size ? size : 1);
	while (!error && bytes.count < size) {
		ssize_t got = pread(
			fd, bytes.items + bytes.count, size - bytes.count, (off_t)bytes.count);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			error = error_from_errno(errno, "cannot read the profile");
		else if (got == 0)
			error = error_create(ERROR_MALFORMED, "the profile became shorter");
		else
			bytes.count += (size_t)got;
	}
	if (error) {
		u8_array_deinit(&bytes);
		return error;
	}
	*ret = bytes;
	return NULL;
}
