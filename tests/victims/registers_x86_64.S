#include "registers_x86_64.h"

/*
 * void hold_sse(const struct register_state *expected, struct register_state *observed, long steps)
 * void hold_avx(the same)
 *
 * void read_with_sse(const struct register_state *expected, struct register_state *observed)
 * void read_with_avx(the same)
 *
 * Loads everything from expected, counts steps down in rcx, the one register without a pattern, and
 * stores everything into observed. The direction flag is set and the red zone in use all the while.
 * The others make the system call that the registers say instead.
 */

#define FLAG_DIRECTION 0x400

	.macro each_general operation
	\operation 0, rax
	\operation 1, rbx
	\operation 2, rdx
	\operation 3, rbp
	\operation 4, r8
	\operation 5, r9
	\operation 6, r10
	\operation 7, r11
	\operation 8, r12
	\operation 9, r13
	\operation 10, r14
	\operation 11, r15
	\operation 12, rsi
	\operation 13, rdi
	.endm

	.macro load_general index, register
	mov	(STATE_GENERAL + 8 * \index)(%rdi), %\register
	.endm

	.macro store_general index, register
	mov	%\register, (STATE_GENERAL + 8 * \index)(%rcx)
	.endm

	.macro each_vector operation, move, register
	.irp	index, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\operation \move, \index, \register\index
	.endr
	.endm

	.macro load_vector move, index, register
	\move	(STATE_VECTOR + 32 * \index)(%rdi), %\register
	.endm

	.macro store_vector move, index, register
	\move	%\register, (STATE_VECTOR + 32 * \index)(%rcx)
	.endm

	.macro load_red_zone
	.irp	index, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	mov	(STATE_RED_ZONE + 8 * \index)(%rdi), %rax
	mov	%rax, (-128 + 8 * \index)(%rsp)
	.endr
	.endm

	.macro store_red_zone
	.irp	index, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	mov	(-128 + 8 * \index)(%rsp), %rax
	mov	%rax, (STATE_RED_ZONE + 8 * \index)(%rcx)
	.endr
	.endm

	.macro load_x87
	.irp	index, 7, 6, 5, 4, 3, 2, 1, 0
	fldt	(STATE_X87 + 16 * \index)(%rdi)
	.endr
	.endm

	.macro store_x87
	.irp	index, 0, 1, 2, 3, 4, 5, 6, 7
	fstpt	(STATE_X87 + 16 * \index)(%rcx)
	.endr
	.endm

	.macro push_saved register
	push	%\register
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset \register, 0
	.endm

	.macro pop_saved register
	pop	%\register
	.cfi_adjust_cfa_offset -8
	.cfi_restore \register
	.endm

	.macro define_hold name, move, register, calls
	.globl	\name
	.type	\name, @function
\name:
	.cfi_startproc
	push_saved rbx
	push_saved rbp
	push_saved r12
	push_saved r13
	push_saved r14
	push_saved r15
	push	%rsi
	.cfi_adjust_cfa_offset 8
	sub	$8, %rsp
	.cfi_adjust_cfa_offset 8
	stmxcsr	(%rsp)
	mov	%rdx, %rcx

	load_x87
	each_vector load_vector, \move, \register
	ldmxcsr	STATE_MXCSR(%rdi)
	load_red_zone
	each_general load_general
	std
	.ifnb \calls
	syscall
	.else
1:	dec	%rcx
	jnz	1b
	.endif

	mov	8(%rsp), %rcx
	each_general store_general
	store_red_zone
	pushfq
	.cfi_adjust_cfa_offset 8
	pop	%rax
	.cfi_adjust_cfa_offset -8
	cld
	and	$FLAG_DIRECTION, %eax
	mov	%rax, STATE_FLAGS(%rcx)
	stmxcsr	STATE_MXCSR(%rcx)
	each_vector store_vector, \move, \register
	store_x87

	ldmxcsr	(%rsp)
	add	$16, %rsp
	.cfi_adjust_cfa_offset -16
	pop_saved r15
	pop_saved r14
	pop_saved r13
	pop_saved r12
	pop_saved rbp
	pop_saved rbx
	ret
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.text
	define_hold hold_sse, movdqu, xmm
	define_hold hold_avx, vmovdqu, ymm
	define_hold read_with_sse, movdqu, xmm, calls
	define_hold read_with_avx, vmovdqu, ymm, calls

	.section .note.GNU-stack, "", @progbits
