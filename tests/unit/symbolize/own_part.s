# A function own(), declared in line 10 of own.c, into which GCC has inlined the part that it had split
# from it: its second half, which is of line 14.
	.text
	.globl own
	.type own, %function
own:
	.file 1 "/folder/own.c"
	.loc 1 10
	.rept 8
	nop
	.endr
.Lpart:
	.loc 1 14
	.rept 8
	nop
	.endr
.Lend:
	.size own, .-own

	.section .debug_abbrev,"",%progbits
.Labbreviations:
	.uleb128 1, 0x11 # DW_TAG_compile_unit
	.byte 1
	.uleb128 0x11, 0x01, 0x12, 0x06, 0x10, 0x17, 0, 0 # low_pc, high_pc, stmt_list
	.uleb128 2, 0x2e # DW_TAG_subprogram, abstract
	.byte 0
	.uleb128 0x03, 0x08, 0x3b, 0x0b, 0, 0 # name, decl_line
	.uleb128 3, 0x2e
	.byte 1
	.uleb128 0x31, 0x13, 0x11, 0x01, 0x12, 0x06, 0, 0 # abstract_origin, low_pc, high_pc
	.uleb128 4, 0x1d # DW_TAG_inlined_subroutine
	.byte 0
	.uleb128 0x31, 0x13, 0x11, 0x01, 0x12, 0x06, 0x58, 0x0b, 0x59, 0x0b, 0, 0 # ..., call_file, call_line
	.uleb128 0

	.section .debug_info,"",%progbits
.Lunit:
	.4byte .Lunit_end - .Lversion
.Lversion:
	.2byte 4
	.4byte .Labbreviations
	.byte 8
	.uleb128 1
	.8byte own
	.4byte .Lend - own
	.4byte .Llines
.Labstract:
	.uleb128 2
	.string "own"
	.byte 10
	.uleb128 3
	.4byte .Labstract - .Lunit
	.8byte own
	.4byte .Lend - own
	.uleb128 4
	.4byte .Labstract - .Lunit
	.8byte .Lpart
	.4byte .Lend - .Lpart
	.byte 1, 10
	.byte 0, 0
.Lunit_end:

	.section .debug_line,"",%progbits
.Llines:
