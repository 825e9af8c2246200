#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Pieces of code that a process has already, and that a borrowed thread goes through before there
 * is any code of limpet's. All addresses are run-time ones; 0: not found. x86-64.
 */
struct call_gadgets {
	uint64_t system_call;   /* "syscall; ret" */
	uint64_t signal_return; /* "mov $15, %rax; syscall": rt_sigreturn(2) */
	/* "mov %rax, displacement(%base)", then store_skip bytes of pops, then "ret" */
	uint64_t store;
	unsigned store_base; /* index of the register in the kernel's struct sigcontext */
	int64_t store_displacement;
	size_t store_skip;
	/*
	 * The system call instruction of a loop without end that ends the thread, as C libraries
	 * have it: "again: xor %edi, %edi; mov %REG, %eax; syscall; jmp again". Entered there with
	 * another number in %rax and that of exit(2) in CALL_EXIT_REGISTERS, it makes that other
	 * system call first, and needs neither a stack nor code that is still there afterwards.
	 */
	uint64_t thread_exit;
};

/* The bytes of signal_return. */
#define CALL_SIGNAL_RETURN "\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05"

/* Looks for those that are still missing in executable memory; address is that of code[0]. */
void call_gadgets_search(
	const void *code, size_t length, uint64_t address, struct call_gadgets *gadgets);
