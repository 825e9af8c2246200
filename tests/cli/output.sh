# Where a command's data goes.
. "$(dirname "$0")/common.sh"

expect 0 "" "" "$limpet" -e 'show rate > f' -e 'show duration >> f'
same "a file" "99
10s" "$(cat f)"
expect 0 "" "" "$limpet" -e "show rate > 'a file'"
same "a file with a blank" "99" "$(cat 'a file')"
expect 0 "RATE" "" "$limpet" -e "show | grep '^rate' | cut -c 1-4 | tr a-z A-Z # comment"
expect 0 "1
10s" "" "$limpet" -e 'show rate | wc -l' -e 'show duration'
expect 3 "" "-e:1: cannot write 'missing/f': No such file or directory" \
	"$limpet" -e 'show rate > missing/f'
expect 3 "" "-e:1: there is no setting 'rat'
  did you mean rate?" "$limpet" -e 'show rat > g'
expect 2 "" "limpet: show: 'rate' is one argument too many
  usage: show [NAME] [--origin]" "$limpet" show duration rate

# A mistake in the words is found before the file is touched.
echo kept >kept
"$limpet" -e 'show --bogus > kept' 2>/dev/null
same "a file that must not be touched" kept "$(cat kept)"

# A reader that leaves is nothing wrong; a full disk is.
"$limpet" -e 'help' -e 'help' -e 'help > after' 2>err | true
same "status with a closed pipe" 0 "${PIPESTATUS[0]}"
same "messages with a closed pipe" "" "$(cat err)"
contains "what came after it" "quit" "$(cat after)"
expect 0 "kept" "" "$limpet" -e 'help | cat kept'
# Its own SIGPIPE is not taken from a program behind the bar.
expect 0 "y" "" "$limpet" -e 'show | yes | head -n 1'
"$limpet" help >/dev/full 2>err
same "status with a full disk" 1 $?
same "message with a full disk" "limpet: cannot write the output: No space left on device" \
	"$(cat err)"
expect 3 "" "-e:1: cannot write the output: No space left on device" \
	"$limpet" -e 'help > /dev/full'
"$limpet" help >&- 2>err
same "status without an output" 1 $?
same "message without an output" "limpet: cannot write the output: Bad file descriptor" "$(cat err)"
"$limpet" -e 'show | no-such-program' 2>err
same "status of a program that is not there" 3 $?
contains "message of it" "-e:1: the shell cannot run 'no-such-program'" "$(cat err)"

# No colour but on a terminal, nor control characters out of names.
same "escapes in a file" "" "$("$limpet" help | tr -d -c '\033')"
contains "a name with an escape" "cannot open 'a" "$("$limpet" source "$(printf 'a\033[2J')" 2>&1)"
same "its escapes" "" "$("$limpet" source "$(printf 'a\033[2J')" 2>&1 | tr -d -c '\033')"

finish
