#include <fcntl.h>
#include <locale.h>
#include <unistd.h>

#include "cli/program.h"

/*
 * A standard stream that is closed would be given to the next file opened, and messages written
 * into that. What holds its place here makes reading and writing fail.
 */
static void occupy_standard_streams(void)
{
	static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) < 0)
			_exit(1);
}

int main(int count, char **words)
{
	occupy_standard_streams();
	setlocale(LC_CTYPE, "");
	return program_run(count, words);
}
