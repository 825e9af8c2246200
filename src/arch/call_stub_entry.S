/*
 * The first and the last instructions of a borrowed thread's detour. Entered with rsp at the top
 * of the call area's stack; everything else is as it was. The block of data (struct call_block) is
 * one page behind the section's start.
 */
#define BLOCK_RBP            32
#define BLOCK_RSP            128
#define BLOCK_FLAGS          136
#define BLOCK_SIGNAL_MASK    144
#define BLOCK_EXTENDED_STATE 152
#define BLOCK_MXCSR          160
#define BLOCK_BLOCKED        168

	.section limpet_stub, "ax", @progbits
	.globl	call_stub_entry
	.hidden	call_stub_entry
	.type	call_stub_entry, @function
	.balign	16
call_stub_entry:
	endbr64
	cld
	lea	__start_limpet_stub + 4096(%rip), %rbx
	mov	BLOCK_EXTENDED_STATE(%rbx), %rdi
	mov	$-1, %eax
	mov	%eax, %edx
	xsave64	(%rdi)
	fninit
	ldmxcsr	BLOCK_MXCSR(%rbx)

	lea	BLOCK_BLOCKED(%rbx), %rsi
	call	set_signal_mask
	mov	%rbx, %rdi
	call	call_stub_run

	mov	BLOCK_EXTENDED_STATE(%rbx), %rdi
	mov	$-1, %eax
	mov	%eax, %edx
	xrstor64 (%rdi)
	lea	BLOCK_SIGNAL_MASK(%rbx), %rsi
	call	set_signal_mask

	mov	%rbx, %rdi
	call	call_stub_leave
	pushq	BLOCK_FLAGS(%rbx)
	popfq
	mov	0(%rbx), %r15
	mov	8(%rbx), %r14
	mov	16(%rbx), %r13
	mov	24(%rbx), %r12
	mov	BLOCK_RBP(%rbx), %rbp
	mov	48(%rbx), %r11
	mov	56(%rbx), %r10
	mov	64(%rbx), %r9
	mov	72(%rbx), %r8
	mov	80(%rbx), %rcx
	mov	88(%rbx), %rdx
	mov	96(%rbx), %rsi
	mov	104(%rbx), %rdi
	mov	112(%rbx), %rax
	mov	BLOCK_RSP(%rbx), %rsp
	mov	40(%rbx), %rbx
	jmp	*__start_limpet_stub + 4096 + 120(%rip)

/* rsi: address of the mask. rt_sigprocmask(SIG_SETMASK, mask, NULL, 8) */
set_signal_mask:
	mov	$14, %eax
	mov	$2, %edi
	xor	%edx, %edx
	mov	$8, %r10d
	syscall
	ret
	.size	call_stub_entry, . - call_stub_entry

	.section .note.GNU-stack, "", @progbits
