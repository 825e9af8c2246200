/*
 * Debian's libgcc_eh.a, which unwinds stacks for jemalloc, asks glibc (2.35, <dlfcn.h>) where a
 * program's unwind tables are. This answers in a program that is linked with musl statically, of
 * which there is one object.
 */
#include <link.h>
#include <stddef.h>

struct object {
	unsigned long long flags;
	void *start;
	void *end;
	struct link_map *link_map;
	void *eh_frame; /* .eh_frame_hdr */
	unsigned long long reserved[7];
};

int _dl_find_object(void *address, struct object *ret);

static int use_object(struct dl_phdr_info *info, size_t size, void *context)
{
	struct object *object = context;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		char *start = (char *)info->dlpi_addr + header->p_vaddr;

		if (header->p_type == PT_GNU_EH_FRAME)
			object->eh_frame = start;
		if (header->p_type == PT_LOAD && header->p_flags & PF_X) {
			object->start = start;
			object->end = start + header->p_memsz;
		}
	}
	return 1;
}

int _dl_find_object(void *address, struct object *ret)
{
	*ret = (struct object){0};
	dl_iterate_phdr(use_object, ret);
	return (char *)address >= (char *)ret->start && (char *)address < (char *)ret->end &&
			       ret->eh_frame
		       ? 0
		       : -1;
}
