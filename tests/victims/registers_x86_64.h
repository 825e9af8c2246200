/* Offsets into struct register_state, for the assembler; registers_x86_64.c asserts them. */
#define STATE_GENERAL  0
#define STATE_X87      112
#define STATE_VECTOR   240
#define STATE_RED_ZONE 752
#define STATE_MXCSR    880
#define STATE_FLAGS    888
