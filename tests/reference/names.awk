# names.awk OURS THEIRS: compares what dwarf_names and llvm-symbolizer say of the same addresses. Prints how
# many there are, how many agree, and of each kind of difference how many; an example of each goes to
# stderr. Fields of OURS: address, name, symbols, file, line, line of the declaration; THEIRS lacks the
# symbols. Lines with the same address follow each other, innermost first.

BEGIN {
	FS = "\t"
}

FILENAME == ARGV[1] {
	our_count[$1]++
	at = $1 SUBSEP our_count[$1]
	our_name[at] = $2
	our_symbols[at] = $3
	our_file[at] = $4
	our_line[at] = $5
	our_start[at] = $6
	next
}

{
	if (!($1 in their_count))
		addresses[++address_count] = $1
	their_count[$1]++
	at = $1 SUBSEP their_count[$1]
	their_name[at] = $2
	their_file[at] = $3
	their_line[at] = $4
	their_start[at] = $5
}

# For the outermost function LLVM has the name of the symbol table rather than that of the debug
# information: of aliases, and of functions that the linker found to be equal, any one.
function is_symbol(at)
{
	return index(" " our_symbols[at] " ", " " their_name[at] " ") > 0
}

function compare_frame(at, outermost)
{
	if (our_name[at] != their_name[at]) {
		if (!outermost || !is_symbol(at))
			return "function"
		if (our_name[at] == "" && our_file[at] == "" && our_line[at] == 0)
			# Not covered: LLVM tells the file that the symbol table has.
			return their_line[at] == 0 ? "" : "not covered"
		by_symbol++
	}
	if (our_line[at] != their_line[at])
		return "line"
	if (our_file[at] != their_file[at])
		return "file"
	return our_start[at] != their_start[at] ? "declaration" : ""
}

function compare(address,    i, kind)
{
	if (our_count[address] != their_count[address])
		return "inlines"
	for (i = 1; i <= our_count[address]; i++) {
		kind = compare_frame(address SUBSEP i, i == our_count[address])
		if (kind != "")
			return kind
	}
	return ""
}

function show(kind, address,    i, at)
{
	print kind " differs at " address >"/dev/stderr"
	for (i = 1; i <= our_count[address]; i++) {
		at = address SUBSEP i
		print "  limpet: " our_name[at], our_file[at] ":" our_line[at], our_start[at] >"/dev/stderr"
	}
	for (i = 1; i <= their_count[address]; i++) {
		at = address SUBSEP i
		print "  llvm:   " their_name[at], their_file[at] ":" their_line[at], their_start[at] >"/dev/stderr"
	}
}

END {
	for (i = 1; i <= address_count; i++) {
		kind = compare(addresses[i])
		if (kind == "")
			agreed++
		else if (!kinds[kind]++)
			show(kind, addresses[i])
	}
	printf "%d %d named by an alias or a part: %d", address_count, agreed, by_symbol
	for (kind in kinds)
		printf ", %s: %d", kind, kinds[kind]
	print ""
}
