# The command line is completed in bash, zsh and fish, as their users type it.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/tmux.sh"
PATH=${limpet%/*}:$PATH
clean_up() {
	end_terminal
	kill "${sleeper-}" 2>/dev/null
	rm -rf "$folder"
}
for shell in tmux zsh fish; do
	command -v "$shell" >/dev/null && continue
	[ "${CI:-}" = true ] && fail "$shell is missing" && finish
	echo "skipped: $shell is missing"
	exit 0
done
for shell in bash zsh fish; do
	"$limpet" completion "$shell" >"completion.$shell" || fail "no completion for $shell"
	same "syntax for $shell" "" "$("$shell" -n "completion.$shell" 2>&1)"
done
expect 2 "" "limpet: completion: there is no completion for 'csh'
  it is one of bash, zsh, fish" "$limpet" completion csh

name=lt-$$
cp "$(command -v sleep)" "$name"
"./$name" 1000 &
sleeper=$!
echo 'main 1' >apple.folded
echo x >apple.txt
mkdir -p orchard

# What is looked for by each shell, and what is found: words with a blank behind each.
cases() {
	cat <<CASES
limpet sta|stacks stats
limpet cpu --wa|--wall
limpet -p ${sleeper} heap dump --al|--all-frames
limpet -n $name -q sho|show
limpet -p $sleeper|$sleeper
limpet stats -p $sleeper|$sleeper
limpet stats --name $name|$name
limpet attach $name|$name
limpet heap re|record reset
limpet --color al|always
limpet record -d 5 -f r|raw
limpet set colo|color
limpet set color n|never
limpet ctl stats.alloca|stats.allocated
limpet ctl stats.all|stats.allocated
limpet ctl stats.are|stats.arenas.
limpet help wor|words
limpet completion z|zsh
limpet top app|apple.folded
limpet convert app|apple.folded
limpet -x app|apple.folded apple.txt
limpet cpu -o orc|orchard/
limpet cpu --debug-dir orc|orchard/
limpet exit --he|--help
CASES
}

# in_bash LINE: bash itself adds the slash behind a folder.
in_bash() {
	bash --norc -c '. ./completion.bash
	read -ra COMP_WORDS <<<"$1"
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_limpet
	for word in "${COMPREPLY[@]}"; do
		[ -d "$word" ] && word=$word/
		echo "$word"
	done' in_bash "$1"
}

in_fish() {
	fish --no-config -c 'source completion.fish; complete -C $argv[1]' "$1" | cut -f 1
}

while IFS='|' read -r line expected; do
	for shell in bash fish; do
		same "$shell: $line" "$expected" \
			"$("in_$shell" "$line" | sort | tr '\n' ' ' | sed 's/ $//')"
	done
done < <(cases)
contains "fish: what a command is" "stats	the allocator's figures" \
	"$(fish --no-config -c 'source completion.fish; complete -C "limpet stat"')"
contains "fish: which process it is" "$sleeper	$name" \
	"$(fish --no-config -c "source completion.fish; complete -C 'limpet -p $sleeper'")"

# completes KEYS LINE: what is typed becomes that line; then it is cleared.
completes() {
	keys "$1" Tab
	wait_for "
> $2"
	keys C-u
	wait_for_lack "
> l"
}

# The first line is one that scrolls away from the prompt.
new_terminal 100 40 "PS1='> ' bash --norc --noprofile"
keys 'bind "set enable-bracketed-paste off"; . ./completion.bash; echo; clear; echo ready' Enter
wait_for "ready
>"
completes 'limpet stack' 'limpet stacks'
completes 'limpet --color=nev' 'limpet --color=never'
completes 'limpet ctl stats.are' 'limpet ctl stats.arenas.'
completes "limpet -p $sleeper" "limpet -p $sleeper"
completes 'limpet top appl' 'limpet top apple.folded'

mkdir functions
cp completion.zsh functions/_limpet
new_terminal 100 40 "zsh -f"
keys "PS1='> '; fpath=($folder/functions \$fpath); autoload -U compinit; compinit -u -D; clear; echo ready" Enter
wait_for "ready
>"
completes 'limpet stack' 'limpet stacks'
completes 'limpet --color=nev' 'limpet --color=never'
completes 'limpet ctl stats.are' 'limpet ctl stats.arenas.'
completes "limpet -p $sleeper" "limpet -p $sleeper"
completes "limpet -n $name heap du" "limpet -n $name heap dump"
completes "limpet stats --name=$name" "limpet stats --name=$name"
completes 'limpet set colo' 'limpet set color'
completes 'limpet record -f fl' 'limpet record -f flamegraph'
completes 'limpet top appl' 'limpet top apple.folded'
completes "limpet cpu -p ${sleeper}" "limpet cpu -p $sleeper"
completes 'limpet cpu --dur' 'limpet cpu --duration='
keys 'limpet re' Tab Tab
wait_for "record  -- sample and save a flame graph"

finish
