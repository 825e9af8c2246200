/* closed: closes itself to other processes of its user, says "ready", and ends with its stdin. */
#include <stdio.h>
#include <sys/prctl.h>

int main(void)
{
	if (prctl(PR_SET_DUMPABLE, 0) < 0) {
		perror("closed");
		return 2;
	}
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
}
