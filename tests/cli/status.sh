# What the exit status and the messages of one command are.
. "$(dirname "$0")/common.sh"

expect 0 "99" "" "$limpet" show rate
expect 0 "" "" "$limpet" quit
expect 1 "" "limpet: there is no setting 'rat'
  did you mean rate?" "$limpet" show rat
expect 1 "" "limpet: cannot open 'missing': No such file or directory" "$limpet" source missing
expect 1 "" "limpet: cannot open 'missing': No such file or directory" "$limpet" -k source missing
expect 2 "" "limpet: there is no command 'hlep'
  did you mean help?" "$limpet" hlep
expect 2 "" "limpet: 'x' is no value of rate
  it takes a whole number from 1 to 10000" "$limpet" set rate x
expect 2 "" "limpet: sleep: an argument is needed
  usage: sleep DURATION" "$limpet" sleep
expect 2 "" "limpet: 'red' is no value of color
  it takes one of: auto, always, never" "$limpet" --color=red help

usage="usage: $("$limpet" --help | sed -n '1s/usage: //p')"
expect 2 "" "limpet: there is no option --bogus
  $usage" "$limpet" --bogus
expect 2 "" "limpet: there is no option --quite
  did you mean --quiet?" "$limpet" --quite
expect 2 "" "limpet: --execute needs a value: COMMAND
  $usage" "$limpet" -e
expect 2 "" "limpet: there is a script and a command, 'show'
  $usage" "$limpet" -e help show
expect 2 "" "limpet: nothing can follow -
  $usage" "$limpet" - show

same "a command's own help" "$("$limpet" help top)" "$("$limpet" top10 -n --help)"
contains "the help" "-k, --keep-going" "$("$limpet" --help)"
contains "the version" "limpet " "$("$limpet" --version)"
contains "help of a command" "show [NAME] [--origin] - print the settings" "$("$limpet" help show)"
same "color" "$(printf '\033[1m')" "$("$limpet" --color=always help | head -c 4)"
same "apropos" "set rate: how often a capture looks at the threads, in Hz" \
	"$("$limpet" apropos "in hz")"
expect 1 "" "limpet: no help mentions 'xyzzy'
  \`help\` lists all commands" "$limpet" apropos xyzzy

# Ctrl-C. The first line says that signals are caught by now.
mkfifo lines
"$limpet" -k -e 'show rate' -e 'sleep 1000' -e 'show rate' >lines 2>messages &
exec 3<lines
read -r line <&3
same "the first line" 99 "$line"
kill -INT $!
wait $!
same "status after Ctrl-C" 130 $?
same "message after Ctrl-C" "-e:2: interrupted" "$(cat messages)"
same "lines after Ctrl-C" "" "$(cat <&3)"
exec 3<&-

finish
