#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>

#include "arch/seccomp_program.h"

/* Filters as they are found in the field, put together by hand, and made at random. */

struct built_program {
	struct sock_filter items[BPF_MAXINSNS];
	size_t count;
};

struct seccomp_program built_view(const struct built_program *built);

#define RETURN_ERRNO(number) (SECCOMP_RET_ERRNO | (number))

/* Offsets into struct seccomp_data. */
#define OFFSET_NUMBER      0
#define OFFSET_ARCH        4
#define OFFSET_POINTER_LOW 8
#define OFFSET_LOW(n)      (16 + 8 * (n))
#define OFFSET_HIGH(n)     (20 + 8 * (n))

void built_append(struct built_program *built, struct sock_filter item);
#define BUILT_STATEMENT(built, code, k) built_append(built, (struct sock_filter)BPF_STMT(code, k))
#define BUILT_JUMP(built, code, k, jt, jf)                                                         \
	built_append(built, (struct sock_filter)BPF_JUMP(code, k, jt, jf))

/* libseccomp's linear form: what a strict-by-argument filter of a small sandbox looks like. */
void build_libseccomp(struct built_program *ret);
/* Docker's default profile, abridged, as libseccomp's binary tree (SCMP_FLTATR_CTL_OPTIMIZE=2). */
void build_docker(struct built_program *ret);
/* MemoryDenyWriteExecute=yes of a systemd service. */
void build_systemd(struct built_program *ret);
/* Chrome's renderers: ranges in a tree, 64-bit arguments half by half, RET_TRAP. */
void build_chrome(struct built_program *ret);
/* A tree over all numbers below count, each with an action of its own: RETURN_ERRNO(number + 1). */
void build_tree(struct built_program *ret, uint32_t count);

struct random_source {
	uint64_t state; /* not 0 */
};

uint32_t random_next(struct random_source *source);
uint32_t random_below(struct random_source *source, uint32_t limit);
/* A number that is likely to be a border case, or to equal another one. */
uint32_t random_word(struct random_source *source);

/* Lets this system call through, then begins anew with A = 0. */
void build_exemption(struct built_program *built, uint32_t number);
/* Appends about so many instructions; they end with ERRNO, or by a division by 0. */
void build_random(struct built_program *built, struct random_source *source, size_t length);
/* Changes one thing, after which the program is often not valid any more. */
void built_damage(struct built_program *built, size_t first, struct random_source *source);
