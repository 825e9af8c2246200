#include "cli/live_screen.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define NCURSES_WIDECHAR 1
#include <ncurses.h>
#include <term.h>
#undef lines /* term.h's names are macros */

#include "base/array.h"
#include "base/clock.h"
#include "export/utf8.h"
#include "session/interrupt.h"

#define ESCAPE_DELAY 50 /* ms that the rest of a key's sequence may take */

enum pair {
	PAIR_NOTE = 1,
	PAIR_HOT,
	PAIR_KEYS,
};

struct live_screen {
	SCREEN *terminal;
	bool color;
	struct sigaction former_stop, former_resize, former_continue;
};

static volatile sig_atomic_t resized, stop_wanted, continued;

/* What gives the terminal back where nothing else may be called. */
static struct {
	struct termios modes;
	char text[256];
	size_t length;
} rescue;

static void rescue_terminal(void)
{
	if (write(STDOUT_FILENO, rescue.text, rescue.length) < 0)
		return;
	tcsetattr(STDIN_FILENO, TCSANOW, &rescue.modes);
}

/* Without the pauses, "$<5>", that very old terminals need. */
static void add_to_rescue(const char *name)
{
	const char *text = tigetstr(name);

	if (!text || text == (char *)-1)
		return;
	while (*text && rescue.length < sizeof(rescue.text)) {
		if (text[0] == '$' && text[1] == '<')
			text += strcspn(text, ">");
		else
			rescue.text[rescue.length++] = *text;
		text += *text != '\0';
	}
}

static void prepare_rescue(void)
{
	rescue.length = 0;
	add_to_rescue("sgr0");
	add_to_rescue("rmkx");
	add_to_rescue("cnorm");
	add_to_rescue("rmcup");
	session_set_last_resort(rescue_terminal);
}

static void note_signal(int number)
{
	if (number == SIGWINCH)
		resized = 1;
	else if (number == SIGTSTP)
		stop_wanted = 1;
	else
		continued = 1;
}

/* ncurses leaves alone what is caught before it begins. */
static void catch_signals(struct live_screen *screen)
{
	struct sigaction action = {.sa_handler = note_signal};

	sigemptyset(&action.sa_mask);
	sigaction(SIGTSTP, &action, &screen->former_stop);
	sigaction(SIGWINCH, &action, &screen->former_resize);
	sigaction(SIGCONT, &action, &screen->former_continue);
}

static void leave_signals(const struct live_screen *screen)
{
	sigaction(SIGTSTP, &screen->former_stop, NULL);
	sigaction(SIGWINCH, &screen->former_resize, NULL);
	sigaction(SIGCONT, &screen->former_continue, NULL);
}

static struct error *check_terminal(void)
{
	const char *type = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return error_set_hint(error_create(ERROR_UNSUPPORTED,
					      "a live view needs a terminal, and %s is none",
					      isatty(STDIN_FILENO) ? "stdout" : "stdin"),
			"`cpu` prints a table, `live --json` an object a second, and `cpu -o FILE` "
			"saves a profile");
	if (!type || !*type || strcmp(type, "dumb") == 0)
		return error_set_hint(error_create(ERROR_UNSUPPORTED,
					      "a live view needs a terminal whose cursor can be "
					      "moved, and TERM %s",
					      type && *type ? "is 'dumb'" : "is not set"),
			"set TERM if it is one (TERM=xterm); `cpu` prints a table on any");
	return NULL;
}

static struct error *unknown_terminal(void)
{
	return error_set_hint(error_create(ERROR_UNSUPPORTED,
				      "nothing is known here of terminals of the type '%s' (TERM)",
				      getenv("TERM")),
		"try TERM=xterm, or install ncurses-term; `cpu` prints a table on any");
}

static void set_colors(struct live_screen *screen)
{
	screen->color = screen->color && has_colors() && start_color() == OK;
	if (!screen->color)
		return;
	use_default_colors();
	init_pair(PAIR_NOTE, COLOR_YELLOW, -1);
	init_pair(PAIR_HOT, COLOR_RED, -1);
	init_pair(PAIR_KEYS, COLOR_CYAN, -1);
}

/* Ctrl-\ would leave the terminal as it is. */
static void set_modes(void)
{
	struct termios modes;

	set_escdelay(ESCAPE_DELAY);
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	if (tcgetattr(STDIN_FILENO, &modes) < 0)
		return;
	modes.c_cc[VQUIT] = _POSIX_VDISABLE;
	tcsetattr(STDIN_FILENO, TCSANOW, &modes);
	def_prog_mode();
}

struct error *live_screen_open(bool color, struct live_screen **ret)
{
	struct live_screen *screen;
	struct error *error = check_terminal();

	if (error)
		return error;
	screen = calloc(1, sizeof(*screen));
	if (!screen)
		return &error_no_memory;
	screen->color = color;
	tcgetattr(STDIN_FILENO, &rescue.modes);
	catch_signals(screen);
	screen->terminal = newterm(NULL, stdout, stdin);
	if (!screen->terminal) {
		leave_signals(screen);
		free(screen);
		return unknown_terminal();
	}
	prepare_rescue();
	set_colors(screen);
	set_modes();
	resized = stop_wanted = continued = 0;
	*ret = screen;
	return NULL;
}

void live_screen_close(struct live_screen *screen)
{
	if (!screen)
		return;
	endwin();
	session_set_last_resort(NULL);
	delscreen(screen->terminal);
	leave_signals(screen);
	free(screen);
}

bool live_screen_is_stale(const struct live_screen *screen)
{
	(void)screen;
	return resized || continued;
}

void live_screen_size(struct live_screen *screen, size_t *ret_width, size_t *ret_height)
{
	struct winsize size;
	int width, height;

	(void)screen;
	if (resized) {
		resized = 0;
		if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
			resizeterm(size.ws_row, size.ws_col);
		clearok(curscr, TRUE);
	}
	getmaxyx(stdscr, height, width);
	*ret_width = (size_t)width;
	*ret_height = (size_t)height;
}

static attr_t attributes_of(const struct live_screen *screen, enum live_style style)
{
	switch (style) {
	case LIVE_TITLE:
		return A_REVERSE | A_BOLD;
	case LIVE_HEADING:
		return A_BOLD | A_UNDERLINE;
	case LIVE_HOT:
		return screen->color ? A_BOLD | COLOR_PAIR(PAIR_HOT) : A_BOLD;
	case LIVE_NOTE:
		return screen->color ? A_BOLD | COLOR_PAIR(PAIR_NOTE) : A_BOLD;
	case LIVE_KEYS:
		return screen->color ? COLOR_PAIR(PAIR_KEYS) : A_NORMAL;
	default:
		return A_NORMAL;
	}
}

/* Where the locale has no UTF-8, a character that is not ASCII is a question mark. */
static void put_text(const char *text)
{
	size_t length = strlen(text);

	if (MB_CUR_MAX > 1) {
		addstr(text);
		return;
	}
	for (size_t at = 0; at < length;) {
		uint32_t character;
		size_t taken = utf8_decode(text + at, length - at, &character);

		addch(taken == 1 ? (chtype)character : '?');
		at += taken ? taken : 1;
	}
}

static void put_line(const struct live_screen *screen, int row, const struct live_line *line)
{
	attr_t attributes = attributes_of(screen, line->style);

	move(row, 0);
	attrset((int)attributes);
	put_text(line->text);
	/* The underline, or the bar, goes on to the edge. */
	if (line->style == LIVE_TITLE || line->style == LIVE_HEADING)
		bkgdset(attributes | ' ');
	if (getcury(stdscr) == row)
		clrtoeol();
	bkgdset(' ');
	attrset(A_NORMAL);
}

void live_screen_draw(struct live_screen *screen, const struct live_page *page)
{
	if (continued) {
		continued = 0;
		reset_prog_mode();
		clearok(curscr, TRUE);
	}
	erase();
	for (size_t i = 0; i < page->lines.count; i++)
		put_line(screen, (int)i, &page->lines.items[i]);
	if (page->cursor != SIZE_MAX)
		move((int)page->lines.count - 1, (int)page->cursor);
	curs_set(page->cursor != SIZE_MAX);
	refresh();
}

static uint32_t translate(wint_t key)
{
	static const struct {
		wint_t key;
		uint32_t meaning;
	} keys[] = {
		{KEY_UP, LIVE_KEY_UP},
		{KEY_DOWN, LIVE_KEY_DOWN},
		{KEY_PPAGE, LIVE_KEY_PAGE_UP},
		{KEY_NPAGE, LIVE_KEY_PAGE_DOWN},
		{KEY_HOME, LIVE_KEY_HOME},
		{KEY_BACKSPACE, LIVE_KEY_BACKSPACE},
		{KEY_DC, LIVE_KEY_BACKSPACE},
		{KEY_ENTER, '\n'},
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].key == key)
			return keys[i].meaning;
	return LIVE_KEY_OTHER;
}

uint32_t live_screen_key(struct live_screen *screen)
{
	wint_t key;

	(void)screen;
	for (;;) {
		int kind = get_wch(&key);

		if (kind == ERR)
			return LIVE_KEY_NONE;
		if (kind != KEY_CODE_YES)
			return key ? key : LIVE_KEY_OTHER;
		if (key != KEY_RESIZE)
			return translate(key);
	}
}

bool live_screen_wait(struct live_screen *screen, uint64_t time)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	(void)screen;
	return poll(&input, 1, (int)(time / NANOSECONDS_PER_MILLISECOND)) <= 0 ||
	       !(input.revents & (POLLHUP | POLLERR | POLLNVAL));
}

bool live_screen_must_stop(const struct live_screen *screen)
{
	(void)screen;
	return stop_wanted;
}

void live_screen_stop(struct live_screen *screen)
{
	struct sigaction action = {.sa_handler = SIG_DFL}, before;

	(void)screen;
	endwin();
	sigemptyset(&action.sa_mask);
	sigaction(SIGTSTP, &action, &before);
	raise(SIGTSTP);
	/* Here it has been continued. */
	sigaction(SIGTSTP, &before, NULL);
	stop_wanted = 0;
	resized = continued = 1;
}
