# `live`: the view, its keys, and that the terminal and the process are left as they were.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../cli/tmux.sh"
needs tmux
end_all() {
	end_terminal
	clean_up
}
trap end_all EXIT

# figure COLUMN FUNCTION: of its row; tenths of a percent, or hundredths of a core.
figure() {
	screen | awk -v column="$1" -v name="$2" '$NF == name { sub(/[.]/, "", $column); print $column + 0; exit }'
}

# turns LIMPET: how often its tracer process has been on a CPU.
turns() {
	local child turns=
	for child in $(children "$1"); do
		read -r _ _ turns <"/proc/$child/schedstat"
	done
	echo "$turns"
}

has_turned() {
	[ "$(turns "$1")" -gt "$2" ]
}

# limpet_of PID: the limpet that looks at it from the terminal, not its tracer.
limpet_of() {
	pgrep -o -f -- "^$limpet -p $1 live"
}

is_stopped() {
	[ "$(state_of "$1")" = T ]
}

# open_shell: a shell on a terminal of 100 columns and 30 lines.
open_shell() {
	new_terminal 100 30 "PS1='prompt> ' bash --norc --noprofile"
	wait_for 'prompt>'
}

start_victim split 1
split=$pid

# Not a terminal, or none that can show it.
refuse 1 "a live view needs a terminal, and stdin is none" \
	'`cpu` prints a table, `live --json` an object a second, and `cpu -o FILE` saves a profile' -p "$split" live
expect 3 "" '-e:1: a live view is for the terminal, not for a file or a program
  `cpu` prints a table, `live --json` an object a second, and `cpu -o FILE` saves a profile' "$limpet" -p "$split" -e 'live | cat'
open_shell
keys "TERM=dumb '$limpet' -p $split live" Enter
wait_for "limpet: a live view needs a terminal whose cursor can be moved, and TERM is 'dumb'"
keys "clear; TERM= '$limpet' -p $split live" Enter
wait_for "and TERM is not set"
keys "clear; TERM=no-such '$limpet' -p $split live" Enter
wait_for "limpet: nothing is known here of terminals of the type 'no-such' (TERM)"

# What is hot, and how hot.
keys "clear; stty -g >before; '$limpet' -p $split live -r 250" Enter
wait_for "last 6s  250 Hz"
! is_gone "$split" || give_up "somebody has ended the victim"
wait_for "FUNCTION"
matches "title" "^limpet  $split split  last [0-9]+s  250 Hz *\$" "$(screen)"
matches "costs" "^[0-9]+ samples/s   stops p50 [0-9]+us p99 [0-9.]+[um]s, [0-9.]+% of its CPU time   limpet [0-9.]+% of a core\$" "$(screen)"
matches "hot function" "^ *[0-9.]+% +[0-9.]+ +[0-9.]+% +[0-9.]+  split +burn_heavy\$" "$(screen)"
matches "thread" "^ *[0-9.]+% +[0-9.]+ +[0-9]+  running   burner-1\$" "$(screen)"
matches "thread that sleeps" "^  0.0%   0.00 +$split  sleeping  split\$" "$(screen)"
between "share of burn_heavy" 500 850 "$(figure 1 burn_heavy)"
between "share of burn_light" 150 500 "$(figure 1 burn_light)"
between "total of heavy_outer" 500 850 "$(figure 3 heavy_outer)"
matches "the order is by self" "^  SELF  cores   total  cores  MODULE" "$(screen)"
same "the hottest one is first" burn_heavy "$(screen | awk '/FUNCTION/ { getline; print $NF }')"
keys o
wait_for "  self  cores   TOTAL  cores"
matches "the order is by total" '^  0.0%   0.00 +(9[0-9]|100)[.]' "$(screen | sed -n '/FUNCTION/{n;p}')"
keys v
wait_for_lack "burner-1"
keys v
wait_for_lack "burn_heavy"
wait_for "burner-1"
keys v
wait_for "burn_heavy"
keys '?'
wait_for "order by self or by total"
keys x
wait_for "burn_heavy"

# While it is paused nothing is sampled.
live=$(limpet_of "$split")
keys p
wait_for PAUSED
before=$(turns "$live")
for text in one two; do
	keys /
	wait_for "Only what holds:"
	keys "$text" Enter
	wait_for "Only what holds \"$text\""
	keys Escape
	wait_for "burn_heavy"
done
same "turns of the tracer during a pause" "$before" "$(turns "$live")"
keys ' '
wait_for_lack PAUSED
await "samples after the pause" has_turned "$live" $((before + 20))

# Filter.
keys / HEAVY
wait_for_lack "burn_light"
wait_for "burn_heavy"
keys Enter
wait_for 'Only what holds "HEAVY"; Esc shows all.'
keys Escape
wait_for "burn_light"

# Save.
keys s view.nonsense Enter
wait_for "not saved: "
keys s view.pb.gz Enter
wait_for "saved in view.pb.gz"
succeed -e 'load view.pb.gz' -e top
matches "what was saved" ' burn_heavy$' "$out"
matches "what was saved is named" '^File: split$' "$out"

# Sizes.
terminal resize-window -t test -x 60 -y 16
wait_for "  self  TOTAL  FUNCTION"
terminal resize-window -t test -x 39 -y 12
wait_for "too small: 39x12, not 40x10"
terminal resize-window -t test -x 40 -y 10
wait_for "FUNCTION"
terminal resize-window -t test -x 100 -y 30
wait_for "MODULE"

# Ctrl-Z: the shell has the terminal, and nothing holds the process.
keys C-z
wait_for "Stopped"
await "limpet to be stopped" is_stopped "$live"
same "tracer of a thread meanwhile" 0 "$(tracer_of "$split")"
has_state "$split" S || fail "the process goes on" "its state is $(state_of "$split")"
keys "clear; echo shell is he''re" Enter
wait_for "shell is here"
keys fg Enter
wait_for "burn_heavy"
before=$(turns "$live")
await "samples after fg" has_turned "$live" $((before + 20))

# A new beginning; paused, so that it stays empty.
keys p
wait_for PAUSED
keys r
wait_for "no CPU time was used yet"
keys p
wait_for "burn_heavy"

# The end: the shell has its terminal as it was.
keys q
wait_for "prompt>"
wait_for " CPU time, "
wait_for_lack "burn_heavy"
keys "clear; stty -g >after; echo status \$?." Enter
wait_for "status 0."
same "modes of the terminal" "$(cat before)" "$(cat after)"

# Told to end, it gives the terminal back, too.
keys "clear; '$limpet' -p $split live; stty -g >after; echo en\ded." Enter
wait_for "burn_heavy"
kill -TERM "$(limpet_of "$split")"
wait_for "ended."
wait_for_lack "burn_heavy"
same "modes of the terminal after SIGTERM" "$(cat before)" "$(cat after)"

# In limpet's shell the profile is kept, after Ctrl-C, too.
keys "clear; '$limpet' -p $split" Enter
wait_for "(limpet $split split)"
keys live Enter
wait_for "burn_heavy"
keys C-c
wait_for "kept as @1"
keys "top1" Enter
wait_for "Type: cpu"
wait_for "(limpet $split split)"
keys "quit" Enter
wait_for "prompt>"
end "$split"

# Threads and libraries that come later; then the end of the process.
start_victim late
keys "clear; '$limpet' -p $pid live; echo status \$?." Enter
wait_for "no CPU time was used lately"
tell begin
wait_for "late-comer"
wait_for "libm.so.6"
end "$pid"
wait_for "the process has ended"
matches "the last picture stays" "libm.so.6 +[a-z]" "$(screen)"
keys q
wait_for "status 0."
matches "it is said again" "process $pid late has ended" "$(screen)"

finish
