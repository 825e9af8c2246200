# What users of other shells and debuggers expect: one topic for each call ($3), on a terminal and through
# pipes. Those that need a process: tests/live/conventions.sh.
. "$(dirname "$0")/common.sh"
topic=$3

on_color_terminal() {
	on_terminal
	export TERM=xterm-256color
}
# start_shell ARGUMENT...: 100 columns and 40 rows; the status is shown when it has ended.
start_shell() {
	new_terminal 100 40 "'$limpet' $*; echo \"status \$?.\"; read -r line"
	wait_for "(limpet"
}
# With colors.
colored() { terminal capture-pane -e -p -t test; }
# lacks_text WHAT PART TEXT
lacks_text() {
	case $3 in
	*"$2"*) fail "$1" "found: $2" "in:    $3" ;;
	esac
}

topic_prompt() {
	expect 0 "99" "" "$limpet" <<<'show rate'
	on_color_terminal
	start_shell -q
	same "prompt" "(limpet)" "$(screen | sed '/^$/d')"
	keys 'show rate' Enter
	wait_for "
99
(limpet)"
	# Where colors are on, they take no room: a line that fills the row is not broken early.
	keys 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxy'
	wait_for "xxxy"
	same "rows" 1 "$(screen | grep -c 'xxxy$')"
}

topic_banner() {
	expect 0 "" "" "$limpet" </dev/null
	on_color_terminal
	new_terminal 100 40 "'$limpet' 2>messages; echo \"status \$?.\"; read -r line"
	wait_for "(limpet)"
	lacks_text "banner is no data" "Ctrl-D ends" "$(screen)"
	leave_shell
	wait_for "status 0."
	contains "banner on stderr" "\`help\` lists the commands, Ctrl-D ends" "$(cat messages)"
	start_shell -q
	lacks_text "-q" "Ctrl-D ends" "$(screen)"
}

topic_scripts() {
	printf '# first\n\nshow rate # second\n' >one
	echo 'show nodecount' >two
	expect 0 "99" "" "$limpet" -x one
	expect 0 "10s
99
20
10s" "" "$limpet" -e 'show duration' -x one -e 'source two' -e 'show duration'
	expect 0 "20" "" "$limpet" - <two
	expect 0 "20" "" "$limpet" <two
	expect 0 "20" "" "$limpet" -x - <two
	expect 0 "" "" "$limpet" -e '# nothing'
}

topic_errors() {
	printf 'show rate\nshow nothing\nshow rate\n' >bad
	expect 3 "99" "bad:2: there is no setting 'nothing'
  \`show\` lists them" "$limpet" -x bad
	expect 3 "99
99" "bad:2: there is no setting 'nothing'
  \`show\` lists them" "$limpet" -k -x bad
	expect 3 "99" "-e:1: there is no setting 'nothing'
  \`show\` lists them" "$limpet" -k -e 'show nothing' -e 'show rate'
	echo 'source bad' >outer
	expect 3 "99" "bad:2: there is no setting 'nothing'
  \`show\` lists them" "$limpet" -x outer
	expect 3 "99" "<stdin>:2: there is no setting 'nothing'
  \`show\` lists them" "$limpet" <bad
}

topic_exit_codes() {
	expect 0 "99" "" "$limpet" show rate
	"$limpet" load missing 2>messages
	same "a command failed" 1 $?
	"$limpet" --bogus 2>messages
	same "usage" 2 $?
	"$limpet" -e 'load missing' 2>messages
	same "a script failed" 3 $?
	"$limpet" -p 2147483647 info 2>messages
	same "there is no such process" 4 $?
	mkfifo lines
	"$limpet" -e 'show rate' -e 'sleep 1000' >lines &
	exec 3<lines
	read -r _ <&3
	kill -INT $!
	wait $! 2>messages
	same "interrupted" 130 $?
}

topic_interrupts() {
	on_color_terminal
	start_shell
	keys 'show dura'
	wait_for "show dura"
	keys C-c
	wait_for "show dura^C
(limpet)"
	keys 'show rate' Enter
	wait_for "
99
(limpet)"
	printf 'show duration\nsleep 1000\n' >nap
	keys 'source nap' Enter
	wait_for "
10s"
	keys C-c
	wait_for "nap:2: interrupted
(limpet)"
	# A script that waits for its lines.
	mkfifo lines
	exec 3<>lines
	keys 'source lines' Enter
	echo 'show nodecount' >&3
	wait_for "
20"
	keys C-c
	wait_for "interrupted
(limpet)"
	for _ in 1 2 3 4; do
		keys C-c
		wait_for "^C
(limpet)"
		keys 'show rate' Enter
		wait_for "
99
(limpet)"
	done
	leave_shell
	wait_for "status 0."
}

topic_end() {
	on_color_terminal
	start_shell
	leave_shell
	wait_for "status 0."
	start_shell
	keys 'quit' Enter
	wait_for "status 0."
	start_shell
	keys 'not a line' C-u 'exit' Enter
	wait_for "status 0."
	expect 0 "99" "" "$limpet" -e 'show rate' -e quit -e 'show rate'
}

# complete TEXT EXPECTED: what Tab makes of a line that is typed anew.
complete() {
	keys C-u
	keys "$1" Tab
	wait_for "(limpet) ${2% }"
}

topic_completion() {
	local functions='main;std::vec<int>::push(int) 4
main;other 1'
	on_color_terminal
	echo "$functions" >some.folded
	seq -f 'main;function%g 1' 100000 >many.folded
	echo 'exit 0' >lonely-program
	chmod +x lonely-program
	PATH=$PATH:$folder
	start_shell
	complete 'sou' 'source '
	complete 'exi' 'exit '
	complete 'apro' 'apropos '
	complete 'source some' 'source some.folded'
	complete 'show > some' 'show > some.folded'
	complete 'set granu' 'set granularity '
	complete 'set granularity li' 'set granularity lines '
	complete 'set granularity=li' 'set granularity=lines'
	complete 'granularity=li' 'granularity=lines'
	complete 'convert --outp' 'convert --output '
	complete 'top -cu' 'top -cum '
	complete 'heap rec' 'heap record '
	complete 'heap gdump of' 'heap gdump off '
	complete 'ctl prof.act' 'ctl prof.active'
	complete 'help apro' 'help apropos '
	complete 'info | lonely-p' 'info | lonely-program '
	complete 'info | grep x some' 'info | grep x some.folded'
	keys C-u 'load some.folded' Enter
	wait_for "@1: "
	complete 'top @' 'top @1'
	complete 'top --only oth' 'top --only other'
	complete 'top only=oth' 'top only=other'
	complete 'top focus=std' 'top focus=std::vec<int>::push.int.'
	complete "top --ignore 'std" "top --ignore 'std::vec<int>::push.int."
	keys Enter
	wait_for "ignore=std::vec<int>::push.int."
	complete 'top --sample-index sa' 'top --sample-index samples'
	keys C-u "attach ${$%?}" Tab Tab Tab
	wait_for "$$"
	keys C-u 'set color ' Tab Tab
	wait_for "always  auto    never
(limpet) set color"
	keys C-u 'load many.folded' Enter
	wait_for "@2: "
	keys 'top --only func' Tab Tab Tab
	wait_for "more: type a little more of it
(limpet) top --only function"
	keys C-u 'top ' Tab Tab Tab
	wait_for "@2  many.folded: folded stacks"
	keys C-u
	wait_for "(limpet)"
	keys '--nonsense' Tab C-u 'show rate' Enter
	wait_for "
99
(limpet)"
}

topic_hints() {
	on_color_terminal
	start_shell -q
	keys 'sleep'
	wait_for "(limpet) sleep DURATION"
	contains "in grey" $'\033[90mDURATION' "$(colored)"
	keys ' 0'
	wait_for_lack "DURATION"
	keys C-u 'sleep '
	wait_for "(limpet) sleep DURATION"
	# The cursor is where it was, and nothing of it is left behind by Enter, Ctrl-C or Ctrl-A.
	keys '0' Enter
	wait_for_lack "DURATION"
	keys 'sleep '
	wait_for "DURATION"
	keys C-a
	wait_for_lack "DURATION"
	keys C-e
	wait_for "DURATION"
	keys C-c
	wait_for "(limpet) sleep ^C"
	lacks_text "after Ctrl-C" "DURATION" "$(screen)"
	keys 'convert -o '
	wait_for "(limpet) convert -o FILE  the file to write"
	keys 'x '
	wait_for "(limpet) convert -o x FILE"
	# Never wider than what is left of the row.
	terminal resize-window -t test -x 40 -y 10
	keys C-u 'cpu '
	wait_for "(limpet) cpu [-d TIME]"
	same "rows" 1 "$(screen | sed -n '/(limpet) cpu/,$p' | grep -c .)"
	keys '--only xxxxxxxxxxxxxxxxxxxxxx'
	wait_for "xxxxxx"
	keys C-u 'set hints off' Enter
	wait_for "(limpet)"
	keys 'sleep '
	wait_for "(limpet) sleep"
	keys C-u 'show hints' Enter
	wait_for "
off"
	lacks_text "hints off" "DURATION" "$(screen | tail -3)"
	NO_COLOR=1
	export NO_COLOR
	start_shell -q
	keys 'sleep ' Home 'x' Enter
	wait_for "there is no command 'xsleep'"
	lacks_text "NO_COLOR" "DURATION" "$(screen)"
}

topic_history() {
	on_color_terminal
	start_shell -q
	keys 'show rate' Enter ' show duration' Enter 'push --header "Authorization: x"' Enter \
		'push https://me:pass@host' Enter 'show nodecount' Enter 'show nodecount' Enter
	wait_for "
20
(limpet) show nodecount
20"
	same "mode" 600 "$(stat -c %a state/limpet/history)"
	same "kept at once" "show rate
show nodecount" "$(cat state/limpet/history)"
	# Another shell adds to it meanwhile, and neither takes lines from the other.
	echo 'show color' >>state/limpet/history
	keys 'history' Enter
	wait_for "    1  show rate
    2  show nodecount
    3  history"
	keys C-r 'show r' Enter
	wait_for "
99
(limpet)"
	leave_shell
	wait_for "status 0."
	same "of both" "show rate
show nodecount
show color
history
show rate" "$(cat state/limpet/history)"
	# Bounded.
	seq -f 'show %g' 6000 >state/limpet/history
	start_shell -q
	keys Up
	wait_for "(limpet) show 6000"
	keys C-c
	wait_for "^C"
	leave_shell
	wait_for "status 0."
	same "lines" "5000 show 1001" "$(wc -l <state/limpet/history) $(head -1 state/limpet/history)"
	expect 0 " 5000  show 6000" "" "$limpet" history 1
}

topic_configuration() {
	mkdir -p home/.config/limpet other/limpet
	printf '# mine\nset rate 49\nnodecount = 7\nset duration=3s\n' >home/.config/limpet/config
	expect 0 "49
3s" "$folder/home/.config/limpet/config:3: only settings can stand here: set NAME VALUE
  commands belong into a script: limpet -x FILE" "$limpet" -e 'show rate' -e 'show duration'
	printf 'set rate 49\ncpu\nset rat 5\nset color red\n"\nset names short\n' >home/.config/limpet/config
	"$limpet" show names >out 2>messages
	same "what is right is set" short "$(cat out)"
	contains "commands" "config:2: only settings can stand here" "$(cat messages)"
	contains "names" "config:3: there is no setting 'rat'
  did you mean rate?" "$(cat messages)"
	contains "values" "config:4: 'red' is no value of color" "$(cat messages)"
	contains "quotes" "config:5: column 1: the quote is not closed" "$(cat messages)"
	printf 'set rate 49\nset nodecount 7\n' >home/.config/limpet/config
	expect 0 "rate                 49         $folder/home/.config/limpet/config:1" "" "$limpet" show rate --origin
	export LIMPET_RATE=59
	expect 0 "rate                 59         LIMPET_RATE" "" "$limpet" show rate --origin
	expect 0 "rate                 69         set" "" "$limpet" -e 'set rate 69' -e 'show rate --origin'
	expect 0 "nodecount            7          $folder/home/.config/limpet/config:2" "" "$limpet" show nodecount --origin
	expect 0 "59" "" "$limpet" --no-config show rate
	expect 0 "20" "" "$limpet" --no-config show nodecount
	expect 0 "duration             10s        built in" "" "$limpet" show duration --origin
	export LIMPET_COLOR=never
	expect 0 "color                never      LIMPET_COLOR" "" "$limpet" show color --origin
	expect 0 "color                auto       --color" "" "$limpet" --color=auto show color --origin
	LIMPET_RATE=fast
	expect 0 "49" "limpet: LIMPET_RATE: 'fast' is no value of rate
  it takes a whole number from 1 to 10000" "$limpet" show rate
	unset LIMPET_RATE
	export XDG_CONFIG_HOME=$folder/other
	echo 'set rate 39' >other/limpet/config
	expect 0 "39" "" "$limpet" show rate
	chmod o+w other/limpet/config
	expect 0 "99" "limpet: '$folder/other/limpet/config' is not read: anybody can write it
  chmod o-w $folder/other/limpet/config" "$limpet" show rate
	chmod o-w other/limpet/config
	if [ "$(id -u)" = 0 ]; then
		chown 12345 other/limpet/config
		expect 0 "99" "limpet: '$folder/other/limpet/config' is not read: it belongs to user 12345
  it has to be yours, or root's; --no-config leaves it unread" "$limpet" show rate
	fi
}

topic_help() {
	local command
	contains "groups" "What holds its memory" "$("$limpet" help)"
	for command in $("$limpet" help | sed -n '/^Topics/q; s/^  \([a-z]*\) .*/\1/p'); do
		contains "help $command" "Examples" "$("$limpet" help "$command")"
	done
	contains "apropos" "set rate: how often" "$("$limpet" apropos hz)"
	contains "apropos, in options" "--wall: wall time, of threads that wait, too" "$("$limpet" apropos wall time)"
	expect 1 "" "limpet: no help mentions 'flame xyzzy'
  \`help\` lists all commands" "$limpet" apropos flame xyzzy
	expect 2 "" "limpet: there is no command 'flaem'
  did you mean flame?" "$limpet" flaem
	expect 2 "" "limpet: top: there is no option --nmuber
  did you mean --number?" "$limpet" top --nmuber 3
	expect 1 "" "limpet: there is no setting 'raet'
  did you mean rate?" "$limpet" set raet 5
	expect 2 "" "limpet: heap: 'recrod' is nothing that heap can do
  did you mean heap record?" "$limpet" heap recrod
	expect 0 "99" "" "$limpet" sho rate
	expect 2 "" "limpet: 's' begins more than one command
  it could be: $("$limpet" s 2>&1 | sed -n 's/.*it could be: //p')" "$limpet" s
}

topic_output() {
	expect 0 "" "" "$limpet" -e 'show rate > file' -e 'show duration >> file' -e 'show color >>file'
	same "file" "99
10s
auto" "$(cat file)"
	expect 0 "1" "" "$limpet" -e 'show rate | wc -l'
	expect 3 "" "-e:1: cannot write '/missing/file': No such file or directory" "$limpet" -e 'show > /missing/file'
	expect 3 "" "-e:1: cannot write the output: No space left on device" "$limpet" -e 'show > /dev/full' -e 'show rate'
	"$limpet" -e 'show rate | no-such-program' 2>messages
	same "no such program" 3 $?
	contains "no such program" "-e:1: the shell cannot run 'no-such-program'" "$(cat messages)"
	# A reader that wants no more is nothing wrong, here and behind a pipe of the caller's.
	expect 0 "99" "" "$limpet" -e 'help cpu | true' -e 'show rate'
	"$limpet" help cpu | true
	same "statuses" "0 0" "${PIPESTATUS[*]}"
}

topic_repeat() {
	on_color_terminal
	start_shell -q
	keys 'show rate' Enter
	wait_for "99
(limpet)"
	keys Enter
	wait_for "99
(limpet)
99
(limpet)"
	printf 'main;work 1\n' >x.folded
	keys 'load x.folded' Enter Enter Enter 'profiles' Enter
	wait_for "@1 "
	lacks_text "load is not repeated" "@2" "$(screen)"
}

topic_pager() {
	on_color_terminal
	# It says what it was given, and reads a line from the terminal as less reads keys.
	cat >page <<'SCRIPT'
trap 'echo "pager goes on"' INT
cat >paged.$(ls paged.* 2>/dev/null | wc -l)
echo "pager has the terminal"
until read -r line </dev/tty; do :; done
SCRIPT
	export PAGER="bash $folder/page"
	start_shell
	keys 'help cpu' Enter
	wait_for "pager has the terminal"
	keys C-c
	wait_for "pager goes on"
	keys Enter 'show rate' Enter
	wait_for "
99
(limpet)"
	same "all of it" "$("$limpet" help cpu)" "$(sed 's/\x1b\[[0-9;]*m//g' paged.0)"
	contains "colors survive" $'\033[1mOptions' "$(cat paged.0)"
	keys 'help sleep' Enter
	wait_for "sleep 1m30s
(limpet)"
	keys 'help cpu > redirected' Enter 'help cpu | wc -l' Enter 'echo' Enter
	wait_for "no command 'echo'"
	keys 'set pager off' Enter 'help cpu' Enter
	wait_for "what it waits for
(limpet)"
	same "pages" 1 "$(ls paged.* | wc -l)"
	keys 'quit' Enter
	wait_for "status 0."
	# One command on a terminal; -e, a file and a pipe are not paged.
	new_terminal 100 20 "'$limpet' help cpu; echo \"status \$?.\"; read -r line"
	wait_for "pager has the terminal"
	keys Enter
	wait_for "status 0."
	new_terminal 100 20 "'$limpet' --no-pager help cpu; '$limpet' -e 'help cpu'; '$limpet' help cpu | cat; TERM=dumb '$limpet' help cpu; PAGER=cat '$limpet' help cpu; echo \"status \$?.\"; read -r line"
	wait_for "status 0."
	same "pages" 2 "$(ls paged.* | wc -l)"
	# One that is left early, or not there.
	new_terminal 100 20 "PAGER=true '$limpet' help cpu; echo \"status \$?.\"; PAGER=no-such '$limpet' help cpu; echo \"status \$?!\"; read -r line"
	wait_for "status 0."
	wait_for "what it waits for
status 0!"
	# A script is for nobody who reads, and prints at once what its commands print.
	printf 'help cpu\nshow rate\n' >script
	start_shell
	keys 'source script' Enter
	wait_for "
99
(limpet)"
	leave_shell
	wait_for "status 0."
	same "pages, with a script" 2 "$(ls paged.* | wc -l)"
	# A window that grows meanwhile.
	start_shell -q
	keys 'help cpu' Enter
	wait_for "pager has the terminal"
	terminal resize-window -t test -x 60 -y 80
	keys Enter
	wait_for "(limpet)"
	rm -f paged.*
	keys 'profiles' Enter 'show rate' Enter
	wait_for "
99
(limpet)"
	same "pages of what fits" 0 "$(ls paged.* 2>/dev/null | wc -l)"
}

topic_color() {
	local bold=$'\033[1m'
	same "none in a pipe" "" "$("$limpet" help | grep -F "$bold")"
	contains "--color=always" "$bold" "$("$limpet" --color=always help)"
	contains "LIMPET_COLOR" "$bold" "$(LIMPET_COLOR=always "$limpet" help)"
	on_color_terminal
	start_shell -q
	keys 'nonsense' Enter
	wait_for "there is no command"
	contains "on a terminal" $'\033[1m\033[31mlimpet:' "$(colored)"
	for none in NO_COLOR=1 TERM=dumb; do
		new_terminal 100 40 "$none '$limpet' nonsense; $none '$limpet' help sleep; echo \"status \$?.\"; read -r line"
		wait_for "status 0."
		lacks_text "$none" $'\033[' "$(colored)"
	done
	new_terminal 100 40 "NO_COLOR=1 '$limpet' --color=always nonsense; echo \"status \$?.\"; read -r line"
	wait_for "status 2."
	contains "--color over NO_COLOR" $'\033[31m' "$(colored)"
	new_terminal 100 40 "'$limpet' --color=never nonsense; echo \"status \$?.\"; read -r line"
	wait_for "status 2."
	lacks_text "--color=never" $'\033[' "$(colored)"
	# A terminal that knows nothing: a shell that only prints lines.
	new_terminal 100 40 "TERM=dumb '$limpet'; echo \"status \$?.\"; read -r line"
	wait_for "(limpet)"
	keys 'show rate' Enter
	wait_for "
99
(limpet)"
	lacks_text "TERM=dumb" $'\033[' "$(colored)"
}

topic_streams() {
	write_dump x.heap
	printf 'main;work 3\n' >x.folded
	for command in 'help' 'help cpu' 'apropos heap' 'show' 'top x.folded' 'load x.folded' 'convert x.heap -o x.pb.gz' \
		'diff x.folded x.folded' 'flame x.folded -o x.svg' 'history' 'profiles' 'names x.heap'; do
		# shellcheck disable=SC2086
		"$limpet" $command >data 2>/dev/null
		# shellcheck disable=SC2086
		"$limpet" $command 2>messages >/dev/null
		# shellcheck disable=SC2086
		"$limpet" -q $command >data.q 2>messages.q
		# The time of day is one of the variables.
		same "messages do not depend on -q: data of $command" "$(sed '/^Time/d; /^\$time /d' data)" \
			"$(sed '/^Time/d; /^\$time /d' data.q)"
		case $command in
		load* | convert* | flame*)
			same "data of $command" "" "$(cat data)"
			;;
		history | profiles) ;;
		*)
			[ -s data ] || fail "$command prints nothing on stdout"
			;;
		esac
		lacks_text "errors of $command -q" "limpet:" "$(cat messages.q)"
	done
	"$limpet" show nothing >data 2>messages
	same "an error is no data" "" "$(cat data)"
	contains "an error is a message" "there is no setting" "$(cat messages)"
}

"topic_$topic"
finish
