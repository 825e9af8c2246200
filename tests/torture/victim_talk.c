#include "victim_talk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

#define POLL_PAUSE (500 * MICROSECOND)

void talk_begin(struct victim_talk *talk, int input, const char *output, struct report *report)
{
	*talk = (struct victim_talk){.input = input, .report = report};
	talk->output = open(output, O_RDONLY | O_CLOEXEC);
	if (talk->output < 0)
		report_fail("%s: %s", output, strerror(errno));
	lseek(talk->output, 0, SEEK_END);
}

static void take_line(struct victim_talk *talk)
{
	talk->line[talk->length] = '\0';
	talk->length = 0;
	if (report_complaint(talk->report, talk->line)) {
		report_say("%s", talk->line);
	} else if (strncmp(talk->line, "thread ", 7) != 0) {
		memcpy(talk->answer, talk->line, sizeof(talk->answer));
		talk->answers++;
	}
}

void talk_drain(struct victim_talk *talk)
{
	char bytes[4096];
	ssize_t got;

	while ((got = read(talk->output, bytes, sizeof(bytes))) > 0) {
		for (ssize_t i = 0; i < got; i++) {
			if (bytes[i] == '\n')
				take_line(talk);
			else if (talk->length < TALK_LINE - 1)
				talk->line[talk->length++] = bytes[i];
		}
	}
}

const char *talk_ask(struct victim_talk *talk, const char *command, uint64_t time)
{
	uint64_t until = clock_now() + time;
	unsigned long before;

	talk_drain(talk);
	before = talk->answers;
	if (dprintf(talk->input, "%s\n", command) < 0)
		report_fail("the target's stdin: %s", strerror(errno));
	while (talk->answers == before) {
		if (clock_now() >= until)
			return NULL;
		clock_sleep(POLL_PAUSE);
		talk_drain(talk);
	}
	return talk->answer;
}

bool talk_find(const char *answer, const char *name, unsigned long *ret)
{
	char key[32];
	const char *found;

	snprintf(key, sizeof(key), " %s=", name);
	found = strstr(answer, key);
	if (!found)
		return false;
	*ret = strtoul(found + strlen(key), NULL, 10);
	return true;
}
