#pragma once

#include "../elf/elf_builder.h"
#include "call/equipment.h"

/*
 * A process of up to FILES_MAX files: of each, one page of code and one of data, at addresses that
 * tell which file it is. It gets what a built file (elf_builder.h) has at 0x401000 and at 0x402000.
 */
#define FILES_MAX       4
#define CODE(n)         (0x10001000ULL + 0x10000000ULL * (n))
#define DATA(n)         (CODE(n) + 0x1000)
#define BUILT_DATA_PAGE 0x402000ULL

struct mapped_file {
	const char *path;
	struct u8_array bytes; /* none: it cannot be opened */
	const char *code;      /* that the process has at CODE(n), before zeros */
	size_t length;
};

extern struct mapped_process {
	struct target target; /* process 4242 */
	struct mapped_file files[FILES_MAX];
	size_t count;
	char maps[2048]; /* "": it is gone */
	struct module_table *modules;
	size_t longest_read;
} process;

/* An empty one. For cmocka, as a setup and a teardown. */
int mapped_process_set_up(void **state);
int mapped_process_tear_down(void **state);

/* How the page of data is mapped, and from where. */
struct data_mapping {
	const char *permissions;
	unsigned offset;
	const char *path; /* NULL: the file's own */
};

/* The file may be changed up to find_equipment(). */
struct mapped_file *add_mapped_file(const char *path, const struct built_symbol *symbols,
	size_t symbol_count, const struct data_mapping *data);
/* As a loader maps it. */
struct mapped_file *add_file(
	const char *path, const struct built_symbol *symbols, size_t symbol_count);

/* The text is borrowed. */
void set_code(struct mapped_file *file, const char *code, size_t length);
#define SET_CODE(file, text) set_code(file, text, sizeof(text) - 1)

#define SYSTEM_CALL "\x0f\x05\xc3"
#define STORE       "\x48\x89\x03\xc3"
#define THREAD_EXIT "\x89\xd8\x0f\x05\xeb\xfa"
#define NECESSARY   SYSTEM_CALL CALL_SIGNAL_RETURN

/* Reads the modules from the maps. */
void update_modules(void);
/* Fails the test if it is an error. */
struct call_equipment find_equipment(void);
/* Takes the error that it is to be. */
void assert_no_equipment(enum error_kind kind, const char *message);
