# Functions that are never run: only their unwind rules count.

	.text

# The caller's stack pointer is the same: no real function is like that.
	.globl frame_that_stands_still
	.type frame_that_stands_still, @function
frame_that_stands_still:
	.cfi_startproc
	.cfi_def_cfa %rsp, 0
	.cfi_offset %rip, 0
	nop
	nop
	.cfi_endproc
	.size frame_that_stands_still, . - frame_that_stands_still

# The return address has been popped into a register, as in glibc's vfork.
	.globl frame_with_return_in_register
	.type frame_with_return_in_register, @function
frame_with_return_in_register:
	.cfi_startproc
	.cfi_def_cfa %rsp, 0
	.cfi_register %rip, %rdi
	nop
	nop
	.cfi_endproc
	.size frame_with_return_in_register, . - frame_with_return_in_register

# There is no caller.
	.globl frame_of_a_start
	.type frame_of_a_start, @function
frame_of_a_start:
	.cfi_startproc
	.cfi_undefined %rip
	nop
	nop
	.cfi_endproc
	.size frame_of_a_start, . - frame_of_a_start

# There is a caller, though its frame pointer is lost.
	.globl frame_without_frame_pointer
	.type frame_without_frame_pointer, @function
frame_without_frame_pointer:
	.cfi_startproc
	.cfi_undefined %rbp
	nop
	nop
	.cfi_endproc
	.size frame_without_frame_pointer, . - frame_without_frame_pointer

# The caller's stack pointer lies below: no return address was popped.
	.globl frame_that_shrinks
	.type frame_that_shrinks, @function
frame_that_shrinks:
	.cfi_startproc
	.cfi_escape 0x12, 7, 1 /* DW_CFA_def_cfa_sf %rsp, -8: clang's offset has no sign */
	.cfi_offset %rip, 8
	nop
	nop
	.cfi_endproc
	.size frame_that_shrinks, . - frame_that_shrinks

# Its stack pointer is that of a buffer, as in longjmp.
	.globl frame_with_stack_pointer_in_register
	.type frame_with_stack_pointer_in_register, @function
frame_with_stack_pointer_in_register:
	.cfi_startproc
	.cfi_register %rsp, %rdi
	nop
	nop
	.cfi_endproc
	.size frame_with_stack_pointer_in_register, . - frame_with_stack_pointer_in_register

	.globl frame_with_register_far_above
	.type frame_with_register_far_above, @function
frame_with_register_far_above:
	.cfi_startproc
	.cfi_offset %rbx, 0x100000
	nop
	nop
	.cfi_endproc
	.size frame_with_register_far_above, . - frame_with_register_far_above

	.globl frame_with_register_far_below
	.type frame_with_register_far_below, @function
frame_with_register_far_below:
	.cfi_startproc
	.cfi_offset %rbx, -0x100000
	nop
	nop
	.cfi_endproc
	.size frame_with_register_far_below, . - frame_with_register_far_below

	.globl frame_that_needs_rbx
	.type frame_that_needs_rbx, @function
frame_that_needs_rbx:
	.cfi_startproc
	.cfi_def_cfa %rbx, 8
	nop
	nop
	.cfi_endproc
	.size frame_that_needs_rbx, . - frame_that_needs_rbx

	.globl code_without_rules
	.type code_without_rules, @function
code_without_rules:
	nop
	nop
	.size code_without_rules, . - code_without_rules

# void through_code(void (*call)(void *), void *argument): calls it, two functions deep.
	.globl through_code
	.type through_code, @function
through_code:
	push %rbx
	push %r12
	sub $24, %rsp
	mov $0x1234, %ebx
	mov $0x5678, %r12d
	test %rdi, %rdi
	je 1f
	call inner_code
	add $24, %rsp
	pop %r12
	pop %rbx
	ret
1:	call code_that_ends
	.size through_code, . - through_code

	.globl inner_code
	.type inner_code, @function
inner_code:
	push %rbp
	mov %rdi, %rax
	mov %rsi, %rdi
	mov $0x9abc, %ebp
	call *%rax
	pop %rbp
	ret
	.size inner_code, . - inner_code

code_that_ends:
	hlt

# A function with one word on its stack.
	.globl code_with_word
	.type code_with_word, @function
code_with_word:
	nop
	pop %rcx
	ret
	.size code_with_word, . - code_with_word

	.section .note.GNU-stack, "", @progbits
