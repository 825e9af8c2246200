#include "elf_builder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *const section_names[BUILT_SECTION_COUNT] = {
	[BUILT_NO_SECTION] = "",
	[BUILT_TEXT] = ".text",
	[BUILT_DATA] = ".data",
	[BUILT_NOTE] = ".note.gnu.build-id",
	[BUILT_SYMTAB] = ".symtab",
	[BUILT_STRTAB] = ".strtab",
	[BUILT_DYNSYM] = ".dynsym",
	[BUILT_DYNSTR] = ".dynstr",
	[BUILT_EXTRA] = "",
	[BUILT_SHSTRTAB] = ".shstrtab",
};

static size_t append(struct u8_array *file, const void *bytes, size_t length)
{
	size_t at = file->count;

	if (u8_array_reserve(file, at + length))
		abort();
	if (bytes)
		memcpy(file->items + at, bytes, length);
	else
		memset(file->items + at, 0, length);
	file->count += length;
	return at;
}

static void pad_to(struct u8_array *file, size_t size)
{
	append(file, NULL, size - file->count);
}

static void add_content(struct u8_array *file)
{
	pad_to(file, BUILT_TEXT_OFFSET);
	for (uint64_t i = 0; i < BUILT_TEXT_SIZE; i++)
		append(file, &(uint8_t){(uint8_t)(BUILT_TEXT_ADDRESS + i)}, 1);
	for (uint64_t i = 0; i < BUILT_DATA_SIZE; i++)
		append(file, &(uint8_t){0xda}, 1);
}

static void add_note(struct u8_array *file, const struct elf_plan *plan, Elf64_Shdr *section)
{
	Elf64_Nhdr stranger = {.n_namesz = 5, .n_descsz = 3, .n_type = NT_GNU_BUILD_ID};
	Elf64_Nhdr header = {
		.n_namesz = 4,
		.n_descsz = (Elf64_Word)plan->build_id_length,
		.n_type = NT_GNU_BUILD_ID,
	};

	if (!plan->build_id_length)
		return;
	section->sh_offset = append(file, &stranger, sizeof(stranger));
	append(file, "ALOE\0\0\0", 8);
	append(file, "abc", 4);
	append(file, &header, sizeof(header));
	append(file, "GNU", 4);
	append(file, plan->build_id, plan->build_id_length);
	section->sh_size = file->count - section->sh_offset;
}

static Elf64_Sym make_symbol(const struct built_symbol *symbol, size_t name)
{
	return (Elf64_Sym){
		.st_name = (Elf64_Word)name,
		.st_info = ELF64_ST_INFO(symbol->binding, symbol->type),
		.st_shndx = symbol->section,
		.st_value = symbol->address,
		.st_size = symbol->size,
	};
}

static void add_symbols(
	struct u8_array *file, const struct elf_plan *plan, bool dynamic, Elf64_Shdr *sections)
{
	Elf64_Shdr *table = &sections[dynamic ? BUILT_DYNSYM : BUILT_SYMTAB];
	Elf64_Shdr *strings = &sections[dynamic ? BUILT_DYNSTR : BUILT_STRTAB];
	struct u8_array names = {0};

	append(&names, "", 1);
	pad_to(file, (file->count + 7) & ~(size_t)7);
	table->sh_offset = append(file, NULL, sizeof(Elf64_Sym));
	for (size_t i = 0; i < plan->symbol_count; i++) {
		const struct built_symbol *symbol = &plan->symbols[i];
		Elf64_Sym made = make_symbol(symbol, names.count);

		if (symbol->dynamic != dynamic)
			continue;
		append(&names, symbol->name, strlen(symbol->name) + 1);
		append(file, &made, sizeof(made));
	}
	table->sh_size = file->count - table->sh_offset;
	strings->sh_offset = append(file, names.items, names.count);
	strings->sh_size = names.count;
	u8_array_deinit(&names);
}

static void add_extra(struct u8_array *file, const struct elf_plan *plan, Elf64_Shdr *section)
{
	section->sh_addr = plan->extra.address;
	section->sh_flags = plan->extra.flags;
	section->sh_size = plan->extra.length;
	section->sh_offset = append(file, plan->extra.bytes, plan->extra.length);
}

static void add_sections(struct u8_array *file, const struct elf_plan *plan)
{
	Elf64_Shdr sections[BUILT_SECTION_COUNT] = {
		[BUILT_TEXT] = {.sh_type = SHT_PROGBITS,
			.sh_flags = SHF_ALLOC | SHF_EXECINSTR,
			.sh_addr = BUILT_TEXT_ADDRESS,
			.sh_offset = BUILT_TEXT_OFFSET,
			.sh_size = BUILT_TEXT_SIZE},
		[BUILT_DATA] = {.sh_type = SHT_PROGBITS,
			.sh_flags = SHF_ALLOC | SHF_WRITE,
			.sh_addr = BUILT_DATA_ADDRESS,
			.sh_offset = BUILT_DATA_OFFSET,
			.sh_size = BUILT_DATA_SIZE},
		[BUILT_NOTE] = {.sh_type = SHT_NOTE, .sh_addralign = 4},
		[BUILT_SYMTAB] = {.sh_type = SHT_SYMTAB,
			.sh_link = BUILT_STRTAB,
			.sh_entsize = sizeof(Elf64_Sym)},
		[BUILT_STRTAB] = {.sh_type = SHT_STRTAB},
		[BUILT_DYNSYM] = {.sh_type = SHT_DYNSYM,
			.sh_link = BUILT_DYNSTR,
			.sh_entsize = sizeof(Elf64_Sym)},
		[BUILT_DYNSTR] = {.sh_type = SHT_STRTAB},
		[BUILT_EXTRA] = {.sh_type = plan->extra.name ? SHT_PROGBITS : SHT_NULL},
		[BUILT_SHSTRTAB] = {.sh_type = SHT_STRTAB},
	};

	add_note(file, plan, &sections[BUILT_NOTE]);
	add_symbols(file, plan, false, sections);
	add_symbols(file, plan, true, sections);
	add_extra(file, plan, &sections[BUILT_EXTRA]);
	sections[BUILT_SHSTRTAB].sh_offset = file->count;
	for (size_t i = 0; i < BUILT_SECTION_COUNT; i++) {
		const char *name =
			i == BUILT_EXTRA && plan->extra.name ? plan->extra.name : section_names[i];

		sections[i].sh_name =
			(Elf64_Word)(file->count - sections[BUILT_SHSTRTAB].sh_offset);
		append(file, name, strlen(name) + 1);
	}
	sections[BUILT_SHSTRTAB].sh_size = file->count - sections[BUILT_SHSTRTAB].sh_offset;
	pad_to(file, (file->count + 7) & ~(size_t)7);
	size_t at = append(file, sections, sizeof(sections));
	built_header(file)->e_shoff = at;
}

static void add_headers(struct u8_array *file)
{
	Elf64_Ehdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(header),
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 3,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = BUILT_SECTION_COUNT,
		.e_shstrndx = BUILT_SHSTRTAB,
	};
	Elf64_Phdr segments[] = {
		{.p_type = PT_LOAD,
			.p_flags = PF_R | PF_X,
			.p_vaddr = BUILT_TEXT_ADDRESS,
			.p_offset = BUILT_TEXT_OFFSET,
			.p_filesz = BUILT_TEXT_SIZE,
			.p_memsz = BUILT_TEXT_SIZE},
		{.p_type = PT_LOAD,
			.p_flags = PF_R | PF_W,
			.p_vaddr = BUILT_DATA_ADDRESS,
			.p_offset = BUILT_DATA_OFFSET,
			.p_filesz = BUILT_DATA_SIZE,
			.p_memsz = BUILT_DATA_MEMORY_SIZE},
		{.p_type = PT_NULL},
	};

	append(file, &header, sizeof(header));
	append(file, segments, sizeof(segments));
}

struct u8_array build_elf(const struct elf_plan *plan)
{
	struct u8_array file = {0};

	add_headers(&file);
	add_content(&file);
	add_sections(&file, plan);
	return file;
}

Elf64_Ehdr *built_header(struct u8_array *file)
{
	return (Elf64_Ehdr *)(void *)file->items;
}

Elf64_Phdr *built_segment(struct u8_array *file, size_t index)
{
	return (Elf64_Phdr *)(void *)(file->items + sizeof(Elf64_Ehdr)) + index;
}

Elf64_Shdr *built_section(struct u8_array *file, enum built_section section)
{
	return (Elf64_Shdr *)(void *)(file->items + built_header(file)->e_shoff) + section;
}

int file_of(const struct u8_array *bytes)
{
	int fd = memfd_create("elf", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes->items, bytes->count) != (ssize_t)bytes->count)
		abort();
	return fd;
}
