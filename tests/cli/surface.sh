# One table: help, man page and the completion of each shell know the same commands, aliases, options,
# settings and topics, all of them, and nothing else.
. "$(dirname "$0")/common.sh"

"$limpet" help --list | sort >list
"$limpet" help --scdoc >man
for shell in bash zsh fish; do
	"$limpet" completion "$shell" >"$shell"
done

# listed KIND: as the table has it. agree WHAT KIND: what was read is the same.
listed() { sed -n "s/^$1 //p" list | sort; }
agree() {
	local got
	got=$(sort -u)
	[ "$(listed "$2")" = "$got" ] || fail "$1 (>) and the table (<) differ: $2" \
		"$(diff <(listed "$2") <(echo "$got"))"
}
[ "$(listed command | wc -l)" -gt 20 ] || fail "hardly any commands"
[ "$(listed option | wc -l)" -gt 100 ] || fail "hardly any options"
[ "$(listed setting | wc -l)" -gt 10 ] || fail "hardly any settings"
[ "$(listed topic | wc -l)" -ge 2 ] || fail "hardly any topics"
mapfile -t commands < <(listed command)

# The help.
help_options() { sed -n '/^Options$/,/^$/s/^  \(-., \|    \)--\([^ ]*\) .*/\2/p' | sed "s/^/$1 /"; }
all_help_options() {
	local command
	for command in "${commands[@]}"; do
		"$limpet" help "$command" | help_options "$command"
	done
	"$limpet" --help | help_options limpet
}
"$limpet" help | sed '/^Topics/,$d' | sed -n 's/^  \([^ ]*\) .*/\1/p' | agree help command
"$limpet" help | sed -n '/^Topics/,$s/^  \([^ ]*\) .*/\1/p' | agree help topic
for command in "${commands[@]}"; do
	"$limpet" help "$command" | sed -n "s/^(also: \(.*\))$/\1 $command/p"
done | agree help alias
all_help_options | agree help option
"$limpet" show | cut -d ' ' -f 1 | agree show setting
for topic in $(listed topic); do
	[ "$("$limpet" help "$topic" | wc -l)" -gt 3 ] || fail "help $topic says little"
done

# The man page, in scdoc's markup.
part() { sed -n "/^# $1\$/,/^# [^$]/p" man | sed 's/\\//g'; }
part COMMANDS | sed -n 's/^## \([^ ]*\).*/\1/p' | agree "man page" command
part COMMANDS | awk '/^## / { name = $2 } /^Also: / { gsub(/[*.]/, "", $2); print $2, name }' |
	agree "man page" alias
part COMMANDS | grep -o '[*]help [a-z]*[*]' | sed 's/.* \(.*\)[*]/\1/' | agree "man page" topic
{
	part COMMANDS | awk '/^## / { name = $2 } /^([*]-.[*], )?[*]--/ { print name, $0 }'
	part OPTIONS | sed -n '/^\([*]-.[*], \)\?[*]--/s/^/limpet /p'
} | sed 's/^\([^ ]*\) .*[*]--\([^*]*\)[*].*/\1 \2/' | agree "man page" option
part SETTINGS | sed -n 's/^[*]\([^*]*\)[*]$/\1/p' | agree "man page" setting

# bash: what its functions answer.
bash_words() {
	bash --norc -c '. ./bash
	for command in "${@:2}"; do
		"$1" "$command" 0
		for word in ${REPLY#=}; do echo "$command $word"; done
	done' bash "$@"
}
bash --norc -c '. ./bash; printf "%s\n" $_limpet_commands' | agree bash command
{
	bash_words _limpet_options "${commands[@]}" | grep -v ' --help$'
	bash_words _limpet_options '' | sed 's/^/limpet/'
} | sed 's/ --/ /' | agree bash option
bash_words _limpet_argument set | sed 's/.* //' | agree bash setting
bash_words _limpet_argument help | sed 's/.* //' | grep -vxFf <(listed command) | agree bash topic
sed -n 's/^	\([^ ]*\) | \(.*\)) REPLY=.*--.*/\2 \1/p' bash | agree bash alias

# zsh: its specifications.
sed -n "s/^		'\([^:*]*\):.*'\$/\1/p" zsh | agree zsh command
sed -n "s/^	\([^ ]*\) | \(.*\)) _arguments.*/\2 \1/p" zsh | agree zsh alias
awk -v quote="'" '
	/^_limpet[(][)]/ { name = "limpet" }
	/^	[a-z]+( [|] [a-z]+)?[)] _arguments/ { name = $1; sub(/[)]/, "", name) }
	match($0, quote "[*]--[^[=]*") { print name, substr($0, RSTART + 4, RLENGTH - 4) }' zsh |
	agree zsh option
zsh_words() { sed -n "/^	$1) _arguments/,/;;/s/.*'1: :(\(.*\))'.*/\1/p" zsh | tr ' ' '\n'; }
zsh_words set | agree zsh setting
zsh_words help | grep -vxFf <(listed command) | agree zsh topic

# fish: its lines.
sed -n "s/^complete .* -n 'not [^']*' -a \([^ ]*\) -d .*/\1/p" fish | agree fish command
{
	sed -n "s/^complete .* -n '__limpet_is \([^ ']*\)[^']*'.* -l \([^ ]*\) .*/\1 \2/p" fish |
		grep -v ' help$'
	sed -n "s/^complete .* -n 'not [^']*'.* -l \([^ ]*\) .*/limpet \1/p" fish
} | agree fish option
sed -n "s/^complete .* -n '__limpet_is \([^ ']*\) \([^']*\)' -l help .*/\2 \1/p" fish | agree fish alias
fish_words() { sed -n "s/^complete .* -n '__limpet_begins $1' -a '\(.*\)'/\1/p" fish | tr ' ' '\n'; }
fish_words set | agree fish setting
fish_words help | grep -vxFf <(listed command) | agree fish topic

finish
