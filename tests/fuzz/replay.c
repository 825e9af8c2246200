#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/file.h"

/*
 * Runs a fuzz target over every file of a directory: the corpus is a test of its own where there is
 * no libFuzzer.
 */

#define MAX_SIZE (64UL * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int complain(struct error *error)
{
	fprintf(stderr, "%s\n", error->message);
	error_destroy(error);
	return EXIT_FAILURE;
}

/* The input is an allocation of its own size, so that AddressSanitizer sees every step beyond it.
 */
static struct error *replay(const char *directory, const char *name)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	CLEANUP(cleanup_free) char *path = NULL;
	CLEANUP(cleanup_free) uint8_t *exact = NULL;
	struct error *error;

	if (asprintf(&path, "%s/%s", directory, name) < 0) {
		path = NULL;
		return &error_no_memory;
	}
	error = file_read(path, MAX_SIZE, &bytes);
	if (error)
		return error;
	exact = malloc(bytes.count);
	if (!exact && bytes.count)
		return &error_no_memory;
	for (size_t i = 0; i < bytes.count; i++)
		exact[i] = bytes.items[i];
	LLVMFuzzerTestOneInput(exact, bytes.count);
	return NULL;
}

static void free_entries(struct dirent **entries, int count)
{
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
}

int main(int argc, char **argv)
{
	struct dirent **entries;
	struct error *error = NULL;
	int count, i;

	if (argc != 2) {
		fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
		return 2;
	}
	count = scandir(argv[1], &entries, is_visible, alphasort);
	if (count < 0) {
		perror(argv[1]);
		return EXIT_FAILURE;
	}
	for (i = 0; i < count && !error; i++)
		error = replay(argv[1], entries[i]->d_name);
	free_entries(entries, count);
	if (error)
		return complain(error);
	printf("%d inputs\n", count);
	if (!count)
		fprintf(stderr, "%s: there are no inputs\n", argv[1]);
	return count ? EXIT_SUCCESS : EXIT_FAILURE;
}
