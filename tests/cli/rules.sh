# Rules and `watch` at the prompt, in tmux.
. "$(dirname "$0")/common.sh"

on_terminal
new_terminal 100 20 "sh -c 'echo \$\$ >number; exec \"$limpet\"'; echo \"status \$?.\"; read -r line"
wait_for "(limpet)"
number=$(cat number)

# What fires prints above the line that is being typed, which stays.
keys 'on signal USR1 --times 3 do show duration' Enter
wait_for "armed as 1: signal USR1: \`kill -USR1 $number\` runs it"
keys 'show ra'
wait_for "(limpet) show ra"
kill -USR1 "$number"
wait_for "rule 1 runs: signal USR1
10s
(limpet) show ra"
keys 'te' Enter
wait_for "(limpet) show rate
99
(limpet)"
keys 'on' Enter
wait_for "1: signal USR1 do show duration
   ran 1 of 3 times, wrote 0 files
(limpet)"

# Ctrl-C clears the line, as without rules.
keys 'nonsense'
wait_for "(limpet) nonsense"
keys C-c
wait_for "(limpet) nonsense^C
(limpet)"
keys 'show color' Enter
wait_for "(limpet) show color
auto"

# It ends waiting and sleeping; what is armed stays so, and is looked at meanwhile.
keys 'set duration 77s' Enter 'wait' Enter
wait_for "(limpet) wait"
kill -USR1 "$number"
wait_for "rule 1 runs: signal USR1
77s"
keys C-c
wait_for "limpet: interrupted"
keys 'on --off 2' Enter
wait_for "limpet: no rule 2 is armed
  \`on\` lists those that are"
keys 'on --off 1' Enter 'on' Enter
wait_for "no rule is armed"
keys 'on every 20ms --times 1 do quit' Enter
wait_for "status 0."

# watch: a fresh page each time, with the time; Ctrl-C ends it, and the shell goes on.
with_history=
new_terminal 100 10 "'$limpet'; echo \"status \$?.\"; read -r line"
wait_for "(limpet)"
keys 'watch 50ms show rate' Enter
wait_for ", every 50ms: show rate

99"
page=$(screen)
contains "a page begins with the time" "20" "$(head -n 1 <<<"$page" | cut -c 1-2)"
same "one page" 1 "$(grep -c '^99$' <<<"$page")"
changed() { [ "$(screen | head -n 1)" != "$(head -n 1 <<<"$page")" ]; }
for _ in $(seq 100); do
	! changed || break
	sleep 0.05
done
changed || fail "the page is not refreshed" "$(screen)"
keys C-c
wait_for "99
^C(limpet)"
keys 'watch 50ms help' Enter
wait_for "every 50ms: help"
same "a page is no longer than the screen" 10 "$(screen | wc -l)"
contains "it begins with its header" "every 50ms" "$(screen | head -n 1)"
keys C-c
wait_for "(limpet)"
keys 'quit' Enter
wait_for "status 0."
finish
