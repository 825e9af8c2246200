# Sourced by the tests on a terminal, after common.sh. A server of its own for each start: one that is
# going away may still answer. with_history=true: what has left the screen counts, too.
with_history=
servers=0
terminal() { tmux -f /dev/null -S "$folder/socket$servers" "$@"; }
screen() { terminal capture-pane -p ${with_history:+-S -} -t test; }
keys() { terminal send-keys -t test -- "$@"; }

# What runs in it is killed first: LeakSanitizer would look at it while the terminal hangs up, for which
# the kernel continues it, and then wait for ever for it to be stopped.
end_terminal() {
	local shell
	for shell in $(terminal list-panes -a -F '#{pane_pid}' 2>/dev/null); do
		pkill -KILL -P "$shell"
		kill -KILL "$shell" 2>/dev/null
	done
	terminal kill-server 2>/dev/null
}

# new_terminal COLUMNS LINES COMMAND
new_terminal() {
	[ "$servers" -eq 0 ] || end_terminal
	servers=$((servers + 1))
	terminal new-session -d -s test -x "$1" -y "$2" "$3"
}

# screen_has TEXT: sets shown.
screen_has() {
	shown=$(screen)
	case $shown in
	*"$1"*) return 0 ;;
	*) return 1 ;;
	esac
}

# wait_for TEXT: until it stands on the screen, 20 seconds at most.
wait_for() {
	local shown
	for _ in $(seq 400); do
		! screen_has "$1" || return 0
		sleep 0.05
	done
	fail "did not appear: $1" "$shown"
}

# wait_for_lack TEXT: until it has gone from the screen.
wait_for_lack() {
	local shown
	for _ in $(seq 400); do
		screen_has "$1" || return 0
		sleep 0.05
	done
	fail "did not go: $1" "$shown"
}

# leave_shell: by Ctrl-D, once the prompt waits for what is typed: before, it would be lost.
leave_shell() {
	for _ in $(seq 400); do
		! screen | sed '/^ *$/d' | tail -n 1 | grep -q '^(limpet[^)]*) *$' || break
		sleep 0.05
	done
	keys C-d
}
