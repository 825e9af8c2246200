# The shell on a terminal, in tmux.
. "$(dirname "$0")/common.sh"

on_terminal
# start ARGUMENT...: the status is shown when it has ended.
start() {
	new_terminal 100 50 "'$limpet' $*; echo \"status \$?.\"; read -r line"
}

echo 'main;work 1' >apple.folded
start
wait_for "limpet 0."
wait_for "(limpet)"
keys 'sou' Tab
wait_for "(limpet) source"
keys 'app' Tab
wait_for "(limpet) source apple.folded"
keys C-c
wait_for "(limpet) source apple.folded ^C"

# The line is gone: what is typed next stands alone.
keys 'show rate' Enter
wait_for "
99
(limpet)"
keys 'set col' Tab Tab Tab
wait_for "always"
keys 'nev' Tab Enter 'show color' Enter
wait_for "
never
(limpet)"
keys ' set duration 3' Enter 'show duration' Enter
wait_for "
3
(limpet)"
keys 'foo' Enter
wait_for "limpet: there is no command 'foo'"

# An empty line repeats what only looks.
keys 'set rate 5' Enter Enter 'show rate' Enter Enter
wait_for "(limpet) set rate 5
(limpet)
(limpet) show rate
5
(limpet)
5
(limpet)"

# But not what changes something; and profiles are completed by their numbers.
keys 'load apple.folded' Enter Enter 'profiles' Enter
wait_for "@1             1 samples              1  -                    apple.folded: folded stacks
(limpet)"
keys 'top ' Tab
wait_for "(limpet) top @1"
keys '--c' Tab Enter
wait_for "(limpet) top @1 --cum
Type: samples"

# Ctrl-C ends what runs, and the shell goes on.
printf 'show duration\nsleep 1000\n' >nap
keys 'source nap' Enter
wait_for "(limpet) source nap
3"
keys C-c
wait_for "nap:2: interrupted"
keys 'show nodecount' Enter
wait_for "
20
(limpet)"

# A program behind the bar has Ctrl-C to itself, as a pager needs it. It ends a script.
cat >keeps <<'SCRIPT'
trap 'n=$((${n:-0} + 1)); echo "caught $n"' INT
echo ready
until read -r line </dev/tty; do :; done
SCRIPT
keys ' show rate | bash keeps' Enter
wait_for "
ready"
for n in 1 2 3 4; do
	keys C-c
	wait_for "caught $n"
done
keys Enter 'apropos hz' Enter
wait_for "set rate: how often"
echo 'show rate | (echo waiting; read -r line </dev/tty)' >waits
keys ' source waits' Enter
wait_for "
waiting"
keys C-c
wait_for "waits:1: interrupted"

leave_shell
wait_for "status 0."
same "mode of the history" 600 "$(stat -c %a state/limpet/history)"
same "mode of its folder" 700 "$(stat -c %a state/limpet)"
same "the history" "show rate
set color never
show color
show duration
foo
set rate 5
show rate
load apple.folded
profiles
top @1 --cum
source nap
show nodecount
apropos hz" "$(sed 's/ *$//' state/limpet/history)"

# The history is there the next time; -q shows no banner.
start -q
wait_for "(limpet)"
keys Up
wait_for "(limpet) apropos hz"
keys C-c
wait_for "^C"
case $(screen) in
*"Ctrl-D"*) fail "a banner in spite of -q" ;;
esac
keys 'quit' Enter
wait_for "status 0."

# Where no history can be kept, there is a shell all the same.
XDG_STATE_HOME=/proc/none
start
wait_for "limpet: no history is kept: cannot make '/proc/none': No such file or directory"
keys 'show rate' Enter
wait_for "
99
(limpet)"
keys 'exit' Enter
wait_for "status 0."

finish
