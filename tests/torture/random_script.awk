# Makes a script of random lines, most of them right, of limpet's own table of commands.
#   awk -v seed=N -v lines=N -v pid=PID -f random_script.awk TABLE
# The table has lines of "command NAME" and, below each, "option NAME LETTER ARGUMENT", where "-" stands
# for nothing. What a line may do to the process is harmless: it would not be limpet that harmed it.

BEGIN {
	srand(seed)
	words = "@ @1 @2 @99 @x main work .* [ ( 'a b' \"a b\" \"it's\" a\\ b \\ ' \" '' * -1 0 1 7 99 18446744073709551616 "
	words = words " -x --x -- - --no-such -no_such=1 x=1 focus=main cum lib.* ^main$ $ ${ $x %t %% %q 0x7f00 1e9 1.5 5% > >> | # ~ / /tmp \303\251 \377 "
	count_words = split(words, pool, " ")
	count_times = split("0.01 10ms 0.02 1ms 15ms", times, " ")
	count_rates = split("1 49 99 997 999 5000", rates, " ")
	count_files = split("out.svg out.pb.gz out.pb out.folded out.txt out.heap no/such/folder/out.svg out.unknown . /", files, " ")
	count_inputs = split("@ @1 @2 @3 in.folded in.heap out.pb.gz out.folded no-such-file .", inputs, " ")
	count_names = split("stats.allocated epoch arenas.narenas opt.prof prof.active opt.lg_prof_sample version config.prof no.such arenas.bin.0.size stats.arenas.0.", names, " ")
	count_settings = split("rate 99;rate 0;rate x;duration 0.01;duration never;nodecount 5;nodecount 20;granularity lines;granularity functions;granularity x;inlines hidden;inlines shown;names short;names full;calls own;calls borrowed;calls auto;color never;color sometimes;no_such 1;sample_index samples;sample_index;instance 1;instance", settings, ";")
	# Nobody listens there: it is refused at once. Each says which collector it is, or that is asked, once.
	count_urls = split("parca+http://127.0.0.1:1 pyroscope+http://127.0.0.1:1 pyroscope-push+http://127.0.0.1:1/prefix http://127.0.0.1:1 http://127.0.0.1:1/ingest parca+http://127.0.0.1:1/ingest ftp://127.0.0.1:1 http://me:word@127.0.0.1:1 http:// x", urls, " ")
	count_addresses = split("0 1 0x1000 0x401000 0x7fff00000000 7f0012345678 0xffffffffffffffff 0x10000000000000000 -1 x 0x", addresses, " ")
	count_pids = split("1 0 -1 99999999 x self", strangers, " ")

	arguments["attach"] = "pid pid pid stranger"
	arguments["detach"] = "none"
	arguments["heap"] = "heap"
	arguments["ctl"] = "name"
	arguments["diff"] = "input,input"
	arguments["load"] = "input"
	arguments["convert"] = "input"
	arguments["save"] = "output input,output"
	arguments["flame"] = "input none"
	arguments["push"] = "url,input url,input url url,word"
	arguments["serve"] = "served"
	arguments["symbol"] = "address address,address address,word none"
	arguments["source"] = "source"
	arguments["sleep"] = "time"
	arguments["set"] = "setting"
	arguments["show"] = "none word"
	arguments["help"] = "command word none"
	arguments["apropos"] = "word"
	arguments["watch"] = "time,watched"
	arguments["on"] = "rule"
	arguments["peek"] = arguments["list"] = arguments["tree"] = arguments["traces"] = "word input none"
	arguments["top"] = arguments["names"] = "input none word"
}

$1 == "command" { commands[++count_commands] = $2 }
$1 == "option" {
	number = ++count_options[commands[count_commands]]
	option_name[commands[count_commands], number] = $2
	option_letter[commands[count_commands], number] = $3
	option_argument[commands[count_commands], number] = $4
}

function below(limit) { return int(rand() * limit) }
function of(list, count) { return list[1 + below(count)] }
function chance(percent) { return rand() * 100 < percent }

function bytes(length_wanted, text) {
	while (length(text) < length_wanted)
		text = text sprintf("%c", 1 + below(254))
	gsub(/[\n\r]/, "_", text)
	return text
}

function heap_words(  part, parts, count) {
	count = split("status;status;on;off;rate 15;rate 19;rate 99;rate x;reset;dump;dump -o out.heap;dump -o out.svg;record -d 0.02;growth -d 0.05 -n 2;purge;gdump on;gdump off;threads;threads on;threads off;no-such;dump dump;", parts, ";")
	return of(parts, count)
}

function rule(  conditions, actions, count, condition) {
	count = split("rss > 1K;rss > 900T;cpu > 80% for 10ms;growth 10%/min;exit;signal USR1;rss;rss >;rss > x;cpu > -1%;threads > 0;rss < 900T;exit for", conditions, ";")
	condition = of(conditions, count)
	count = split("do info;do top;do cpu -d 0.01;do no-such;do;;do show rate;do on exit do info", actions, ";")
	return "--timeout 0.02 " condition " " of(actions, count)
}

# What serves would do so until it is interrupted: each of these is refused,
# whatever else is in the line, and whether there is a process.
function served(  parts, count) {
	count = split("--every 3;--allow [;--all;-l nowhere;-l 1.2.3.4:x;-l unix:;-l 0.0.0.0:0;--max-seconds x;--push x;--push ftp://x;--max-rate 0;--no-such;--beyond-loopback x;--token-file no-such-file;--push-user me;-r 99;-r x --push http://127.0.0.1:1;x", parts, ";")
	return of(parts, count)
}

function argument_of(kind) {
	if (kind == "none") return ""
	if (kind == "pid") return pid
	if (kind == "stranger") return of(strangers, count_pids)
	if (kind == "heap") return heap_words()
	if (kind == "name") return of(names, count_names)
	if (kind == "input") return of(inputs, count_inputs)
	if (kind == "url") return of(urls, count_urls)
	if (kind == "address") return of(addresses, count_addresses)
	if (kind == "served") return served()
	if (kind == "output") return of(files, count_files)
	if (kind == "source") return chance(10) ? "endless" : chance(70) ? "sourced" : "no-such-file"
	if (kind == "time") return of(times, count_times)
	if (kind == "setting") return of(settings, count_settings)
	if (kind == "command") return of(commands, count_commands)
	if (kind == "watched") return "-n 2 " (chance(70) ? "info" : "no-such")
	if (kind == "rule") return rule()
	return of(pool, count_words)
}

function value_of(argument) {
	if (chance(8)) return of(pool, count_words)
	if (argument ~ /TIME|DURATION|SEC/) return of(times, count_times)
	if (argument ~ /HZ/) return of(rates, count_rates)
	if (argument ~ /PID/) return pid
	if (argument ~ /PROFILE/) return of(inputs, count_inputs)
	if (argument ~ /FILE/) return of(files, count_files)
	if (argument ~ /PATTERN|REGEX/) return chance(50) ? "main|work" : of(pool, count_words)
	if (argument ~ /^N$|COUNT/) return below(30)
	return of(pool, count_words)
}

# Whatever takes long by itself is told to be short, right or wrong as the rest may be.
function bounded(command) {
	if (command ~ /^(cpu|record)$/) return " -d " of(times, count_times)
	if (command ~ /^(flame|convert)$/ && chance(85)) return " -o " of(files, count_files)
	if (command == "live") return " -n 1"
	if (command == "wait") return " --timeout 0.02"
	if (command == "push") return " --timeout 0.2"
	return ""
}

function options_of(command,  text, number, i) {
	for (i = below(3); i > 0 && count_options[command]; i--) {
		number = 1 + below(count_options[command])
		if (option_name[command, number] ~ /^(duration|follow|timeout|retry)$/) continue
		if (command ~ /^(live|watch)$/ && option_name[command, number] ~ /^(number|count)$/) continue
		if (option_letter[command, number] != "-" && chance(40))
			text = text " -" option_letter[command, number]
		else
			text = text " --" option_name[command, number]
		if (option_argument[command, number] != "-")
			text = text " " value_of(option_argument[command, number])
	}
	return text
}

function sent_elsewhere() {
	if (chance(88)) return ""
	if (chance(40)) return " > out." below(3)
	if (chance(30)) return " >> out.appended"
	if (chance(30)) return " | cat >/dev/null"
	if (chance(30)) return " | head -n 1 >/dev/null"
	if (chance(30)) return " | exit 3"
	return " > /no/such/folder/file"
}

function command_line(  command, kinds, parts, count, text, i) {
	do command = of(commands, count_commands)
	while (command == "quit" || (command == "detach" && chance(90)))
	text = command
	if (chance(10)) text = substr(command, 1, 1 + below(length(command)))
	if (chance(4)) text = toupper(command)
	if (text ~ /^(q|qu|qui|se|ser|p|pu|l|li|liv)$/) text = command
	count = split(command in arguments ? arguments[command] : "none none none word", kinds, " ")
	count = split(of(kinds, count), parts, ",")
	if (command ~ /^(heap|on|watch|serve)$/)
		return text " " argument_of(parts[1]) (count > 1 ? " " argument_of(parts[2]) : "")
	text = text bounded(command) options_of(command)
	for (i = 1; i <= count; i++)
		text = text " " argument_of(parts[i])
	if (chance(6)) text = text " " of(pool, count_words)
	return text sent_elsewhere()
}

# What pipes and names of files would be is not left to chance.
function spoilt(text,  at) {
	gsub(/[>|]/, "", text)
	at = 1 + below(length(text) + 1)
	if (chance(40)) return substr(text, 1, at - 1)
	if (chance(50)) return substr(text, 1, at - 1) of(pool, 40) substr(text, at)
	return text " " bytes(1 + below(40))
}

function noise(  i, text) {
	if (chance(20)) return ""
	if (chance(20)) return "# " bytes(below(60))
	if (chance(20)) {
		for (i = below(3000); i > 0; i--) text = text "x"
		return text
	}
	text = bytes(1 + below(60))
	gsub(/[>|q]/, "", text)
	return text
}

END {
	for (line = 1; line < lines; line++) {
		if (chance(5)) print noise()
		else if (chance(8)) {
			text = command_line()
			# Only what would end by itself however it is cut.
			print (text ~ /^(c|cp|cpu|h|he|hea|heap|l|li|liv|live|sl|sle|slee|sleep|w|wa|wat|watch|wai|wait|o|on|r|re|rec|reco|recor|record|f|fo|at|att|atta|attac|attach|s|se|ser|serv|serve|p|pu|pus|push)( |$)/) ? text : spoilt(text)
		} else print command_line()
	}
	# What a rule has armed would be waited for.
	print "on --off all"
}
