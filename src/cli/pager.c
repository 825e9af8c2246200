#include "cli/pager.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/pager_program.h"

#define HELD_MAX ((size_t)64 * 1024)

/* There is one terminal, and one command that writes to it at a time. */
static struct {
	FILE *stream;   /* what the command prints to; NULL: none */
	FILE *terminal; /* stdout */
	const char *program;
	char *held; /* HELD_MAX bytes */
	size_t held_length;
	size_t rows, row_limit, column, column_limit;
	FILE *spool;      /* once it is too long; begins with what was held */
	bool plain;       /* nothing is held back any longer */
	bool in_sequence; /* between ESC and the letter that ends it */
} pager;

static void write_through(const char *bytes, size_t length)
{
	fwrite(bytes, 1, length, pager.terminal);
}

static void release_held(void)
{
	write_through(pager.held, pager.held_length);
	fflush(pager.terminal);
	pager.held_length = 0;
}

static bool is_inside_character(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static void count_byte(char byte)
{
	if (pager.in_sequence) {
		pager.in_sequence = !isalpha((unsigned char)byte);
	} else if (byte == '\033') {
		pager.in_sequence = true;
	} else if (byte == '\n') {
		pager.rows++;
		pager.column = 0;
	} else if (!is_inside_character(byte)) {
		pager.rows += pager.column == pager.column_limit;
		pager.column = pager.column == pager.column_limit ? 1 : pager.column + 1;
	}
}

/* Sequences of color take no room; a wrapped line takes another row; characters, a column. */
static void count_rows(const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		count_byte(bytes[i]);
}

/* Without a place for the file it is not paged. */
static void begin_spool(void)
{
	pager.spool = tmpfile();
	if (!pager.spool) {
		pager.plain = true;
		release_held();
		return;
	}
	fcntl(fileno(pager.spool), F_SETFD, FD_CLOEXEC);
	fwrite(pager.held, 1, pager.held_length, pager.spool);
	pager.held_length = 0;
}

static void copy_spool(void)
{
	char bytes[4096];
	size_t length;

	rewind(pager.spool);
	while ((length = fread(bytes, 1, sizeof(bytes), pager.spool)) > 0)
		write_through(bytes, length);
	fflush(pager.terminal);
}

static void show_spool(void)
{
	fflush(pager.spool);
	fflush(pager.terminal);
	rewind(pager.spool);
	if (lseek(fileno(pager.spool), 0, SEEK_SET) != 0 ||
		!pager_program_run(pager.program, fileno(pager.spool)))
		copy_spool();
	fclose(pager.spool);
	pager.spool = NULL;
	pager.rows = 0;
	pager.column = 0;
}

/* A file that cannot be written on is shown as far as it goes, and what follows behind it. */
static void add_to_spool(const char *bytes, size_t length)
{
	if (fwrite(bytes, 1, length, pager.spool) == length)
		return;
	copy_spool();
	fclose(pager.spool);
	pager.spool = NULL;
	pager.plain = true;
	write_through(bytes, length);
}

static ssize_t take(void *cookie, const char *bytes, size_t length)
{
	(void)cookie;
	count_rows(bytes, length);
	if (!pager.plain && !pager.spool &&
		(pager.rows >= pager.row_limit || pager.held_length + length > HELD_MAX))
		begin_spool();
	if (pager.plain) {
		write_through(bytes, length);
	} else if (pager.spool) {
		add_to_spool(bytes, length);
	} else {
		memcpy(pager.held + pager.held_length, bytes, length);
		pager.held_length += length;
	}
	return (ssize_t)length;
}

static bool measure_terminal(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row < 2 || size.ws_col < 2)
		return false;
	/* The prompt takes a row. */
	pager.row_limit = size.ws_row - 1;
	pager.column_limit = size.ws_col;
	return true;
}

static bool is_wanted(const struct session *session)
{
	const char *terminal = getenv("TERM");

	return session->out == stdout && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO) &&
	       (session->interactive || session->one_command) && terminal &&
	       strcmp(terminal, "dumb") != 0 &&
	       settings_number(&session->settings, SETTING_PAGER) == 0;
}

bool pager_begin(struct session *session)
{
	static const cookie_io_functions_t functions = {.write = take};

	if (pager.stream || !is_wanted(session) || !measure_terminal())
		return false;
	pager.program = pager_program();
	pager.held = pager.program ? malloc(HELD_MAX) : NULL;
	pager.stream = pager.held ? fopencookie(NULL, "w", functions) : NULL;
	if (!pager.stream) {
		free(pager.held);
		return false;
	}
	pager.terminal = session->out;
	pager.plain = false;
	pager.in_sequence = false;
	pager.held_length = pager.rows = pager.column = 0;
	session->out = pager.stream;
	session->paged_out = pager.stream;
	return true;
}

void pager_settle(void)
{
	if (!pager.stream)
		return;
	fflush(pager.stream);
	if (pager.spool)
		show_spool();
	else
		release_held();
}

void pager_let_through(void)
{
	pager_settle();
	pager.plain = true;
}

void pager_end(struct session *session)
{
	pager_settle();
	session->out = pager.terminal;
	session->paged_out = NULL;
	fclose(pager.stream);
	pager.stream = NULL;
	free(pager.held);
	pager.held = NULL;
}
