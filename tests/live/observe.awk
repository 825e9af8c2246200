# From ftrace's raw_syscalls events (kernel: Documentation/trace/events.rst) to lines in the manner of
# strace: THREAD CALL(ARGUMENTS) = RESULT, in the order in which the calls began. names: a header with
# the numbers, <asm/unistd_64.h>.
BEGIN {
	while ((getline line < names) > 0)
		if (split(line, words, " ") == 3 && words[2] ~ /^__NR_/)
			call[words[3]] = substr(words[2], 6)
}

/: sys_enter: NR / {
	thread = $1
	text = $0
	sub(/.*sys_enter: NR /, "", text)
	number = text
	sub(/ .*/, "", number)
	sub(/^[0-9]* /, "", text)
	order[++count] = thread
	made[count] = call[number] text
	last[thread] = count
	returns[thread] = number
}

# A signal frame's end has no number of its own: it "returns" what it has put into the registers.
/: sys_exit: NR / {
	thread = $1
	result = $NF
	if (last[thread] && ($(NF - 2) == returns[thread] || $(NF - 2) == -1)) {
		made[last[thread]] = made[last[thread]] ($(NF - 2) == -1 ? "" : " = " result)
		last[thread] = 0
	}
}

END {
	for (i = 1; i <= count; i++)
		print order[i], made[i]
}
