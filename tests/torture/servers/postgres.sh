# PostgreSQL, whose postmaster forks for every connection and for its own workers, under pgbench: clients
# that stay and clients that connect for every transaction. Its sums must agree, to the last cent.
. "$(dirname "$0")/lib.sh"
needs setpriv setsid
# Debian's own, whatever wrappers there are in PATH.
binaries=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -x "$binaries/postgres" ] && [ -x "$binaries/pgbench" ] || needs postgres pgbench
[ -x "$binaries/postgres" ] || binaries=$(dirname "$(command -v postgres)")

sql() {
	"$binaries/psql" -h 127.0.0.1 -p "$port" -U limpet -d postgres -v ON_ERROR_STOP=1 -Atqc "$1" 2>&1
}

answers() {
	[ "$(sql "SHOW data_directory")" = "$folder/data" ]
}

# load OPTION...: says how many transactions there were, and every line that speaks of an error.
load() {
	setpriv --pdeathsig KILL "$binaries/pgbench" -h 127.0.0.1 -p "$port" -U limpet -n -T "$duration" \
		"$@" postgres 2>&1 || echo "error: pgbench's status is $?"
}

agree() {
	sql "SELECT (SELECT sum(abalance) FROM pgbench_accounts) = sum(delta)
		AND (SELECT sum(tbalance) FROM pgbench_tellers) = sum(delta)
		AND (SELECT sum(bbalance) FROM pgbench_branches) = sum(delta)
		AND count(*) = $requests FROM pgbench_history"
}

chmod 711 "$folder"
mkdir data
[ "$(id -u)" != 0 ] || chown $nobody data
"${unprivileged[@]}" "$binaries/initdb" -D "$folder/data" -U limpet --auth=trust --no-sync -E UTF8 \
	--locale=C >initdb 2>&1 || give_up "initdb failed" "$(cat initdb)"
launch_on_port answers "${unprivileged[@]}" "${jemalloc[@]}" "$binaries/postgres" -D "$folder/data" -p PORT \
	-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c shared_buffers=32MB \
	-c autovacuum_naptime=30s -c log_checkpoints=off -c min_parallel_table_scan_size=0 \
	-c parallel_setup_cost=0
"$binaries/pgbench" -h 127.0.0.1 -p "$port" -U limpet -i -s 2 -q postgres >initialized 2>&1 ||
	give_up "pgbench -i failed" "$(cat initialized)"
prepare
load -c 4 -j 1 >stayed &
stayed=$!
load -c 2 -j 1 -C >came &
came=$!
torment
end_load $stayed $came
requests=$(awk '/^number of transactions actually processed/ { sum += $6 } END { print sum + 0 }' stayed came)
wrong=$(grep -hEi 'error|fatal|panic|abort|closed|warning|failed transactions: [1-9]' stayed came)
[ -z "$wrong" ] || client_errors=$(wc -l <<<"$wrong")
[ -z "$wrong" ] || head -20 <<<"$wrong"
same "the sums of $requests transactions agree" t "$(agree)"
inspect
stop_server INT 0
search_log '(WARNING|ERROR|FATAL|PANIC):|terminated by signal|exited with|crash|corrupt' \
	'"logical replication launcher" .* exited with exit code 1$' # its way to end
report
