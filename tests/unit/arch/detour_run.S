/*
 * Plays the kernel that sends a thread off with a tracer's registers, and the program that the
 * thread comes back to. Offsets are those of struct user_regs_struct, and EXTENDED that of struct
 * machine (detour.h).
 */
#define RCX      88
#define RAX      80
#define RDI      112
#define RIP      128
#define FLAGS    144
#define RSP      152
#define EXTENDED 256

	.text
/* void detour_run(const struct machine *from, struct machine *ret) */
	.globl	detour_run
	.type	detour_run, @function
detour_run:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	pushfq
	mov	%rsp, own_rsp(%rip)
	mov	%rsi, result(%rip)
	mov	$-1, %eax
	mov	%eax, %edx
	xsave64	own_extended(%rip)
	xrstor64 EXTENDED(%rdi)
	mov	RIP(%rdi), %rax
	mov	%rax, target(%rip)
	pushq	FLAGS(%rdi)
	popfq
	mov	RSP(%rdi), %rsp
	mov	0(%rdi), %r15
	mov	8(%rdi), %r14
	mov	16(%rdi), %r13
	mov	24(%rdi), %r12
	mov	32(%rdi), %rbp
	mov	40(%rdi), %rbx
	mov	48(%rdi), %r11
	mov	56(%rdi), %r10
	mov	64(%rdi), %r9
	mov	72(%rdi), %r8
	mov	RAX(%rdi), %rax
	mov	RCX(%rdi), %rcx
	mov	96(%rdi), %rdx
	mov	104(%rdi), %rsi
	mov	RDI(%rdi), %rdi
	jmp	*target(%rip)

/* The program's interrupted system call, and where it goes on. */
	syscall
	.globl	detour_back
detour_back:
	mov	%rax, scratch(%rip)
	mov	result(%rip), %rax
	mov	%r15, 0(%rax)
	mov	%r14, 8(%rax)
	mov	%r13, 16(%rax)
	mov	%r12, 24(%rax)
	mov	%rbp, 32(%rax)
	mov	%rbx, 40(%rax)
	mov	%r11, 48(%rax)
	mov	%r10, 56(%rax)
	mov	%r9, 64(%rax)
	mov	%r8, 72(%rax)
	mov	%rcx, RCX(%rax)
	mov	%rdx, 96(%rax)
	mov	%rsi, 104(%rax)
	mov	%rdi, RDI(%rax)
	mov	%rsp, RSP(%rax)
	mov	own_rsp(%rip), %rsp
	pushfq
	popq	FLAGS(%rax)
	cld
	mov	scratch(%rip), %rcx
	mov	%rcx, RAX(%rax)
	mov	%rax, %rdi
	mov	$-1, %eax
	mov	%eax, %edx
	xsave64	EXTENDED(%rdi)
	xrstor64 own_extended(%rip)
	popfq
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	.size	detour_run, . - detour_run

/* What limpet looks for in the target's C library. */
	.globl	detour_gadgets, detour_gadgets_end
detour_gadgets:
	nop
	syscall
	ret
	nop
	mov	%rax, (%rbx)
	pop	%rbx
	ret
	nop
	mov	$15, %rax
	syscall
again:
	xor	%edi, %edi
	mov	%edx, %eax
	syscall
	jmp	again
detour_gadgets_end:

/* void detour_save_extended(void *): all user state, in the standard form. */
	.globl	detour_save_extended
	.type	detour_save_extended, @function
detour_save_extended:
	mov	$-1, %eax
	mov	%eax, %edx
	xsave64	(%rdi)
	ret
	.size	detour_save_extended, . - detour_save_extended

	.bss
	.balign	64
own_extended:
	.zero	16384
own_rsp:
	.zero	8
result:
	.zero	8
target:
	.zero	8
scratch:
	.zero	8

	.section .note.GNU-stack, "", @progbits
