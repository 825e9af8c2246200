/*
 * What unmaps limpet's memory: a task without a stack or a C library, that waits until the agent's
 * thread has come to its end.
 */
#define SYS_CLONE     56
#define SYS_TGKILL    234
#define SYS_NANOSLEEP 35
#define SYS_MUNMAP    11
#define SYS_EXIT      60
#define ESRCH         3

#define CLONE_FLAGS    0x50f00 /* VM FS FILES SIGHAND THREAD SYSVSEM */
#define REAPER_STACK   0xf000
#define AREA_SIZE      0x90000
#define AREA           0 /* struct agent_parameters */
#define THREAD_EXIT    56

	.section limpet_agent, "ax", @progbits
	.balign	16
pause:
	.quad	0, 50000 /* s, ns */

/* void agent_reap(const struct agent_parameters *, uint64_t process, uint64_t thread) */
	.globl	agent_reap
	.hidden	agent_reap
	.type	agent_reap, @function
agent_reap:
	push	%rbx
	push	%r12
	push	%r13
	mov	%rdi, %rbx
	mov	%rsi, %r12
	mov	%rdx, %r13
	mov	$SYS_CLONE, %eax
	mov	$CLONE_FLAGS, %edi
	mov	AREA(%rbx), %rsi
	add	$REAPER_STACK, %rsi
	xor	%edx, %edx
	xor	%r10d, %r10d
	xor	%r8d, %r8d
	syscall
	test	%rax, %rax
	jz	reap
	pop	%r13
	pop	%r12
	pop	%rbx
	ret

reap:
	mov	$SYS_TGKILL, %eax
	mov	%r12, %rdi
	mov	%r13, %rsi
	xor	%edx, %edx
	syscall
	cmp	$-ESRCH, %eax
	je	unmap
	mov	$SYS_NANOSLEEP, %eax
	lea	pause(%rip), %rdi
	xor	%esi, %esi
	syscall
	jmp	reap

/* The registers that the loop at thread_exit may take the number of exit(2) from. */
unmap:
	mov	AREA(%rbx), %rdi
	mov	$AREA_SIZE, %esi
	mov	THREAD_EXIT(%rbx), %rcx
	mov	$SYS_EXIT, %edx
	mov	$SYS_EXIT, %ebx
	mov	$SYS_EXIT, %ebp
	mov	$SYS_EXIT, %r12d
	mov	$SYS_EXIT, %r13d
	mov	$SYS_EXIT, %r14d
	mov	$SYS_EXIT, %r15d
	mov	$SYS_MUNMAP, %eax
	jmp	*%rcx
	.size	agent_reap, . - agent_reap

	.section .note.GNU-stack, "", @progbits
