#pragma once

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"

/*
 * A small ELF file made to measure. Its code is BUILT_TEXT_SIZE bytes at BUILT_TEXT_ADDRESS, each
 * the low byte of its address; its data is BUILT_DATA_SIZE bytes, all 0xda, then zeros.
 */
#define BUILT_TEXT_ADDRESS     0x401000ULL
#define BUILT_TEXT_OFFSET      0x1000ULL
#define BUILT_TEXT_SIZE        0x800ULL
#define BUILT_DATA_ADDRESS     0x402800ULL
#define BUILT_DATA_OFFSET      0x1800ULL
#define BUILT_DATA_SIZE        0x100ULL
#define BUILT_DATA_MEMORY_SIZE 0x300ULL

enum built_section {
	BUILT_NO_SECTION, /* undefined, for a symbol */
	BUILT_TEXT,
	BUILT_DATA,
	BUILT_NOTE,
	BUILT_SYMTAB,
	BUILT_STRTAB,
	BUILT_DYNSYM,
	BUILT_DYNSTR,
	BUILT_EXTRA,
	BUILT_SHSTRTAB,
	BUILT_SECTION_COUNT,
};

struct built_symbol {
	const char *name;
	uint64_t address, size;
	unsigned char type;    /* STT_ */
	unsigned char binding; /* STB_ */
	uint16_t section;
	bool dynamic;
};

/* A section of any kind. */
struct built_extra {
	const char *name; /* NULL: none */
	uint64_t address, flags;
	const void *bytes;
	size_t length;
};

struct elf_plan {
	const struct built_symbol *symbols;
	size_t symbol_count;
	const uint8_t *build_id;
	size_t build_id_length;
	struct built_extra extra;
};

/* Ends the program if memory runs out. */
struct u8_array build_elf(const struct elf_plan *plan);

Elf64_Ehdr *built_header(struct u8_array *file);
Elf64_Phdr *built_segment(struct u8_array *file, size_t index); /* 0: text, 1: data, 2: note */
Elf64_Shdr *built_section(struct u8_array *file, enum built_section section);

/* A descriptor of an unnamed file with these bytes. */
int file_of(const struct u8_array *bytes);
