# Reads the list of what is allowed, then sources named "layer/file"; prints each broken rule and exits 1.

function complain(where, what)
{
	print where ": " what
	broken = 1
}

function word_in(word, words)
{
	return index(" " words " ", " " word " ") > 0
}

# Depth first; trail is the way here, so that a cycle is printed whole and once.
function visit(header, trail,    i, count, next_headers)
{
	state[header] = "open"
	count = split(includes[header], next_headers, " ")
	for (i = 1; i <= count; i++) {
		if (!(next_headers[i] in state))
			visit(next_headers[i], trail " -> " next_headers[i])
		else if (state[next_headers[i]] == "open")
			complain("src/" header, "include cycle: " trail " -> " next_headers[i])
	}
	state[header] = "done"
}

FILENAME == allowed_file {
	if (/^#/ || !NF)
		next
	name = $1
	sub(/:$/, "", name)
	$1 = ""
	allowed[name] = $0
	if (name !~ /[.<]/)
		is_layer[name] = 1
	next
}

FNR == 1 {
	file = FILENAME
	layer = file
	sub(/\/.*/, "", layer)
	if (!(layer in is_layer) && !(layer in reported)) {
		complain("src/" layer, "no such layer in tests/layers/allowed")
		reported[layer] = 1
	}
}

!/^[ \t]*#[ \t]*include[ \t]*[<"]/ || !(layer in is_layer) {
	next
}

{
	where = "src/" file ":" FNR
	match($0, /[<"][^>"]*[>"]/)
	quoted = substr($0, RSTART, RLENGTH)
	name = substr(quoted, 2, length(quoted) - 2)
}

quoted ~ /^</ {
	if (quoted in allowed && !word_in(layer, allowed[quoted]))
		complain(where, layer " may not include " quoted)
	next
}

name in allowed && !(name in is_layer) {
	if (!word_in(layer, allowed[name]))
		complain(where, layer " may not include " quoted)
	next
}

name !~ /^[a-z0-9_]+\/[a-z0-9_]+\.h$/ {
	complain(where, quoted " is not written as \"layer/file.h\"")
	next
}

{
	used = name
	sub(/\/.*/, "", used)
	if (used != layer && !word_in(used, allowed[layer]))
		complain(where, layer " may not use " used)
	if (file ~ /\.h$/)
		includes[file] = includes[file] " " name
}

END {
	for (header in includes)
		if (!(header in state))
			visit(header, header)
	exit broken
}
