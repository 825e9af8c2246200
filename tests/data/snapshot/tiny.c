/*
 * The program of tiny.snapshot: without a library, so that it is small and the same everywhere.
 * serve() calls two functions for ever; the one with a name of Rust's does twice as much as the one
 * with a name of C++'s. Built and recorded by
 *
 *     gcc -Os -static-pie -nostdlib -fno-stack-protector -fcf-protection=none -fno-ident \
 *         -fasynchronous-unwind-tables -Wl,--eh-frame-hdr -Wl,--build-id=sha1 \
 *         -Wl,-z,noseparate-code -Wl,-z,max-page-size=4096 -o tiny tiny.c
 *     cp tiny /usr/bin/tiny; setarch -R env -i /usr/bin/tiny &
 *     limpet -p $! cpu -d 1 -r 250 --snapshot tiny.snapshot; kill $!
 */

#define UNIT 1000000UL

#define NOINLINE __attribute__((noinline, noclone, used))

NOINLINE unsigned long parse_line(unsigned long number) __asm__("_RNvNtCs1234_4tiny5parse4line");
NOINLINE unsigned long store_get(unsigned long number) __asm__("_ZN5Store3getEm");
NOINLINE void serve(void);
void main_of_tiny(void) __asm__("main");

NOINLINE unsigned long parse_line(unsigned long number)
{
	for (unsigned long i = 0; i < 2 * UNIT; i++)
		__asm__ volatile("" : "+r"(number));
	return number + 1;
}

NOINLINE unsigned long store_get(unsigned long number)
{
	for (unsigned long i = 0; i < UNIT; i++)
		__asm__ volatile("" : "+r"(number));
	return number + 2;
}

NOINLINE void serve(void)
{
	unsigned long number = 0;

	for (;;)
		number = store_get(parse_line(number));
}

NOINLINE void main_of_tiny(void)
{
	serve();
	__asm__ volatile(""); /* no tail call: a frame of its own */
}

__asm__(".globl	_start\n"
	".type	_start, @function\n"
	"_start:\n"
	".cfi_startproc\n"
	".cfi_undefined rip\n"
	"xor	%ebp, %ebp\n"
	"and	$-16, %rsp\n"
	"call	main\n"
	"ud2\n"
	".cfi_endproc\n"
	".size	_start, . - _start\n");
