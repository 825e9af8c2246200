#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/file.h"
#include "elf/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void take(struct error *error)
{
	if (error)
		abort();
}

/* The first two bytes say where in the rest an ELF file begins. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	const struct elf_symbols *symbols;
	struct elf_image *image;
	struct error *error;

	if (length < 2)
		return 0;
	int fd = memfd_create("archive", MFD_CLOEXEC);
	if (fd < 0)
		abort();
	take(write_all(fd, bytes + 2, length - 2));
	error = elf_image_open_within(fd, bytes[0] | (uint64_t)bytes[1] << 8, "archive", &image);
	if (!error) {
		error = elf_image_symbols(image, &symbols);
		elf_image_close(image);
	}
	if (error && error->kind != ERROR_MALFORMED && error->kind != ERROR_NOT_FOUND)
		abort();
	error_destroy(error);
	return 0;
}
