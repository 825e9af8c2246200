#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

/* A seccomp filter: classic BPF. The instructions are borrowed. */
struct seccomp_program {
	const struct sock_filter *items;
	size_t count;
};

/*
 * Whether the kernel would accept it: seccomp_check_filter() in kernel/seccomp.c and
 * bpf_check_classic() in net/core/filter.c of Linux 6.18. What is valid ends with a verdict,
 * whatever it is run on, and reaches nothing outside of its data and its scratch words.
 */
bool seccomp_program_is_valid(const struct seccomp_program *program);
