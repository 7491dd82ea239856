#!/bin/sh
# The rc.d script with real processes and signals: under a double of rc.subr, one of daemon(8) in C with the ways of
# FreeBSD 13, 14 and 15, and an agent that does what a test wants; as root and as a service user; by every POSIX shell that
# is here. Then, where target/ is built, with the real launcher and the real agent. Needs root, a C compiler and procps.
set -u
cd "$(dirname "$0")/../../.." || exit 1
project=$PWD

if [ "$(id -u)" -ne 0 ]; then
	echo "# not root: the life of the service is left out"
	exit 0
fi
for tool in "${CC:-cc}" ps pgrep su; do
	if ! command -v "$tool" > /dev/null; then
		echo "# no $tool: the life of the service is left out"
		[ -z "${CI:-}" ] # there it must be
		exit
	fi
done

tmp=$(cd "$(mktemp -d)" && pwd -P)
chmod 755 "$tmp"
release=14
shell="sh"

# Nothing of ours outlives the test, whatever fails: each process by its number.
clean_up() {
	for file in "$tmp"/*/run/bhyvescope/supervisor.pid; do
		[ -f "$file" ] && kill -KILL "$(cat "$file")" 2> /dev/null
	done
	sed -n 's/^agent \([0-9]*\) .*/\1/p' "$tmp"/*/told 2> /dev/null | while read -r pid; do
		case $(ps -o args= -p "$pid" 2> /dev/null) in *"$tmp"*) kill -KILL "$pid" ;; esac
	done
	rm -rf "$tmp"
}
trap clean_up EXIT

# check NAME EXPECTED ACTUAL
check() {
	if [ "$2" = "$3" ]; then
		echo "ok $where: $1"
	else
		printf 'not ok %s: %s\n  expected: %s\n  actual:   %s\n' "$where" "$1" "$2" "$3"
	fi
}

# until_true COMMAND...: within five seconds.
until_true() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || return 1
		sleep 0.05
	done
}

# matches PATTERN STRING
matches() {
	# shellcheck disable=SC2254 # a pattern
	case $2 in $1) ;; *) return 1 ;; esac
}

# like NAME PATTERN ACTUAL: as check, by a pattern of the shell.
like() {
	if matches "$2" "$3"; then
		check "$1" matches matches
	else
		check "$1" "$2" "$3"
	fi
}

mkdir "$tmp/bin"
${CC:-cc} -O1 -Wall -Werror -o "$tmp/bin/daemon" src/test/c/daemon.c || exit 1
for tool in pwait install csh; do
	cp "src/test/sh/doubles/$tool" "$tmp/bin/"
done

# world NAME LAUNCHER: a host of its own; the script in it is the real one but for the places of things.
world() {
	world=$tmp/$1
	mkdir -p "$world/prefix/bin"
	cp "$2" "$world/prefix/bin/bhyvescope"
	echo as it should > "$world/way"
	: > "$world/told"
	chmod 666 "$world/told"
	sed -e "s|%%PREFIX%%|$world/prefix|g" -e "s|/etc/rc.subr|$project/src/test/sh/doubles/rc.subr|" \
		-e "s|/usr/sbin/daemon|$tmp/bin/daemon|" -e "s|/var/run|$world/run|" -e "s|/var/log|$world/log|" \
		-e "s|/var/db|$world/db|" rc.d/bhyvescope.in > "$world/bhyvescope"
	conf 'bhyvescope_enable=YES'
}

# conf LINE...: the world's rc.conf.
conf() {
	printf '%s\n' "$@" > "$world/rc.conf"
}

# rc COMMAND: what it printed in out, its status in status. The environment is service(8)'s, the shell that su(1) uses csh's.
rc() {
	out=$(cd / && env -i HOME=/ PATH="$tmp/bin:/sbin:/bin:/usr/sbin:/usr/bin" SHELL="$tmp/bin/csh" WORLD="$world" \
		RC_CONF="$world/rc.conf" DAEMON_RELEASE="$release" sh -c "$shell \"\$@\"" rc "$world/bhyvescope" "$1" 2>&1 < /dev/null)
	status=$?
}

# The agent that was started last, and the supervisor.
agent() { sed -n 's/^agent \([0-9]*\) .*/\1/p' "$world/told" | tail -n 1; }
supervisor() { cat "$world/run/bhyvescope/supervisor.pid" 2> /dev/null; }
alive() { [ -n "$1" ] && state=$(ps -o stat= -p "$1" 2> /dev/null) && [ "${state#Z}" = "$state" ]; }
dead() { ! alive "$1"; }
agent_up() { [ "$(agent)" != "${last:-}" ] && [ -n "$(agent)" ]; }
up() {
	until_true agent_up
	last=$(agent)
	# It says hello when its traps are set.
	until_true grep -q "agent $last says hello" "$world/log/bhyvescope/bhyvescope.log"
}
child_gone() { [ -z "$(ps -o pid= --ppid "$1")" ]; }

# life USER: one service, from its first start to its end.
life() {
	user=$1
	last=
	world "$(echo "$where" | tr -c 'a-zA-Z0-9\n' _)" src/test/sh/doubles/bhyvescope
	conf 'bhyvescope_enable=YES' "bhyvescope_user=$user" 'bhyvescope_restart_delay=1' 'bhyvescope_stop_timeout=1' \
		'bhyvescope_args="--vm.exclude=it!s"' 'bhyvescope_env="BHYVESCOPE_TEST=a=b"'

	rc status
	check "status before the first start" "1 bhyvescope is not running." "$status $out"
	rc stop
	like "stop when dead" "1 bhyvescope not running? (check *)." "$status $out"
	rc reload
	check "reload when dead" "1 bhyvescope is not running." "$status $out"

	rc start
	check "start" "0 Starting bhyvescope." "$status $out"
	up
	first=$last
	check "the agent is its user's, with its environment" "agent $first as $user $(id -Gn "$user"), BHYVESCOPE_TEST=a=b" \
		"$(grep ^agent "$world/told")"
	check "judged as its user, too" \
		"check --config --web.listen-address=127.0.0.1:10424 --state-dir=$world/db/bhyvescope --vm.exclude=it!s as $user, BHYVESCOPE_TEST=a=b" \
		"$(grep ^check "$world/told")"
	check "folders: the log is root's, the state its user's" "root root 755 $user $(id -gn "$user") 750" \
		"$(stat -c '%U %G %a' "$world/log/bhyvescope" "$world/db/bhyvescope" | tr '\n' ' ' | sed 's/ $//')"
	check "it is where a core dump of it is to be" "$world/db/bhyvescope" "$(readlink "/proc/$first/cwd")"
	until_true grep -q make-archive "$world/told"
	check "the class-data archive is seen to" "--make-archive" "$(grep make-archive "$world/told")"
	rc start
	like "start twice" "1 bhyvescope already running? (pid=$(supervisor))." "$status $out"
	check "start twice: still the one" "1" "$(grep -c ^agent "$world/told")"
	rc status
	check "status" "0 bhyvescope is running as pid $first." "$status $out"

	rc reload
	until_true grep -q ^hup "$world/told"
	check "reload: HUP to the agent, which goes on" "0  hup $first" "$status $out $(grep ^hup "$world/told")"
	check "reload: nobody ended" "$first" "$(agent)"
	sed -i 's/^bhyvescope_args=.*/bhyvescope_args="--host.hz=bad"/' "$world/rc.conf"
	: > "$world/told"
	rc reload
	check "reload of a bad configuration: the reason, no signal" "1 bhyvescope: a problem with the command line: --host.hz=bad
bhyvescope: not reloaded, what runs stays as it is. 0" "$status $out $(grep -c ^hup "$world/told")"
	check "it runs on" "yes" "$(alive "$first" && echo yes)"
	sed -i 's/^bhyvescope_args=.*/bhyvescope_args=""/' "$world/rc.conf"

	mv "$world/log/bhyvescope/bhyvescope.log" "$world/log/bhyvescope/bhyvescope.log.0"
	kill -HUP "$(supervisor)"
	until_true [ -f "$world/log/bhyvescope/bhyvescope.log" ]
	check "newsyslog's HUP: the supervisor opens a new log, both live" "yes yes" \
		"$([ -f "$world/log/bhyvescope/bhyvescope.log" ] && echo yes) $(alive "$first" && echo yes)"

	kill -KILL "$first"
	up
	check "crash: started again after the pause" "yes" "$([ "$last" != "$first" ] && alive "$last" && echo yes)"
	second=$last
	rc restart
	check "restart" "0 Stopping bhyvescope.
Starting bhyvescope." "$status $out"
	check "restart: the old one is gone when the new one starts" "yes" "$(dead "$second" && echo yes)"
	up
	check "restart: a new agent" "yes" "$([ "$last" != "$second" ] && alive "$last" && echo yes)"

	rc stop
	check "stop" "0 Stopping bhyvescope." "$status $out"
	check "stop: TERM, once" "term $last" "$(grep "^term $last" "$world/told")"
	check "stop: nothing is left" "yes no" "$(dead "$last" && echo yes) $([ -e "$world/run/bhyvescope/supervisor.pid" ] && echo yes || echo no)"

	# The pause is long here: a busy machine is not to see its end.
	sed -i 's/^bhyvescope_restart_delay=.*/bhyvescope_restart_delay=60/' "$world/rc.conf"
	echo crash > "$world/way"
	rc start
	up
	until_true dead "$last"
	until_true child_gone "$(supervisor)"
	running=$(supervisor)
	rc status
	check "status between two runs" "1 bhyvescope: the supervisor is running as pid $running, the agent is not." "$status $out"
	rc stop
	check "stop between two runs" "0 Stopping bhyvescope. yes" "$status $out $(dead "$running" && echo yes)"

	echo deaf > "$world/way"
	rc start
	up
	rc stop
	check "stop of an agent that does not end: killed at the time-out" "0 yes" "$status $(dead "$last" && echo yes)"

	echo as it should > "$world/way"
	mkdir -p "$world/run/bhyvescope"
	sleep 600 &
	stranger=$!
	echo $stranger > "$world/run/bhyvescope/supervisor.pid"
	rc status
	check "a stale pid file of somebody else's: not running" "1 bhyvescope is not running." "$status $out"
	rc stop
	like "a stale pid file: nobody is stopped" "1 bhyvescope not running? *" "$status $out"
	check "a stale pid file: that process lives" "yes" "$(alive $stranger && echo yes)"
	kill $stranger
	rc start
	up
	check "a stale pid file: started" "0 yes" "$status $(alive "$last" && echo yes)"
	kill -KILL "$(supervisor)"
	kill -KILL "$last"
	until_true dead "$last"
	rc start
	up
	check "both were killed: started again" "0 yes" "$status $(alive "$last" && echo yes)"
	rc stop

	conf 'bhyvescope_enable=NO' "bhyvescope_user=$user"
	rc start
	like "disabled: not started" "0 Cannot 'start' bhyvescope.*" "$status $out"
	rc onestart
	up
	check "onestart: started" "0 yes" "$status $(alive "$last" && echo yes)"
	rc onestop
	check "onestop" "0 yes" "$status $(dead "$last" && echo yes)"

	conf 'bhyvescope_enable=YES' "bhyvescope_user=$user" "bhyvescope_web_config=$tmp/secret"
	: > "$tmp/secret"
	chmod 600 "$tmp/secret"
	rc configtest
	if [ "$user" = root ]; then
		check "a web configuration is handed over" "0 configuration ok" "$status $out"
	else
		check "a web configuration that its user may not read" "2 bhyvescope: $tmp/secret is not readable" "$status $out"
		rc start
		like "start: refused for it" "1 bhyvescope: $tmp/secret is not readable*failed precmd*" "$status $out"
	fi
	conf 'bhyvescope_enable=YES' "bhyvescope_user=$user"
	: > "$world/told"
	rc check
	check "check: of the host, as its user" "0 all is well check --web.listen-address=127.0.0.1:10424 --state-dir=$world/db/bhyvescope as $user, " \
		"$status $out $(cat "$world/told")"
}

# What stops a start, and that it says why.
refusals() {
	world refusals src/test/sh/doubles/bhyvescope
	conf 'bhyvescope_enable=YES' 'bhyvescope_user=no-such-user'
	for command in start configtest check; do
		rc $command
		like "$command: no such user" "1 bhyvescope: there is no user no-such-user (bhyvescope_user)*" "$status $out"
	done
	conf 'bhyvescope_enable=YES' 'bhyvescope_args="--log.level=bad"'
	rc start
	like "start with bad flags: the reason is on the terminal" \
		"1 bhyvescope: a problem with the command line: --log.level=bad*failed precmd routine for bhyvescope" "$status $out"
	check "start with bad flags: nothing was started" "no" "$([ -e "$world/run/bhyvescope/supervisor.pid" ] && echo yes || echo no)"
	conf 'bhyvescope_enable=YES' "bhyvescope_logfile=$world/rc.conf/log"
	rc start
	check "start without a folder for the log: refused" "1" "$status"
	rc bogus
	like "a word that it does not know" "1 *unknown directive 'bogus'*" "$status $out"
	world no-java agent/bin/bhyvescope
	conf 'bhyvescope_enable=YES' "bhyvescope_java_home=$tmp/no-jdk"
	rc start
	like "start without Java: the launcher's reason" \
		"1 bhyvescope: BHYVESCOPE_JAVA_HOME is set, but there is no program $tmp/no-jdk/bin/java.*" "$status $out"
}

# The real launcher and agent, as the installation puts them there.
real() {
	world real src/test/sh/doubles/bhyvescope
	rm -rf "$world/prefix"
	make -s install PREFIX="$world/prefix" DESTDIR= > "$tmp/install" 2>&1
	check "make install" "0 " "$? $(grep -v '^No class-data archive' "$tmp/install")"
	chmod -R go+rX "$world"
	log=$world/log/bhyvescope/bhyvescope.log
	java=$(agent/bin/bhyvescope --print-java)
	conf 'bhyvescope_enable=YES' 'bhyvescope_user=nobody' "bhyvescope_java_home=${java%/bin/java}" \
		'bhyvescope_listen_address=127.0.0.1:0' "bhyvescope_args='--vmm.dir=$tmp/none --vm.exclude=(a|it!s).*'"
	rc configtest
	check "configtest" "0 configuration ok" "$status $out"
	rc start
	check "start" "0 Starting bhyvescope." "$status $out"
	until_true grep -q listening "$log" || until_true grep -q listening "$log"
	like "it listens" "*listening on http://127.0.0.1:*" "$(cat "$log")"
	pid=$(ps -o pid= --ppid "$(supervisor)" | tr -d ' ')
	check "the supervisor's child is java, as its user" "nobody java" "$(ps -o user=,comm= -p "$pid" | sed 's/  */ /')"
	rc reload
	until_true grep -q SIGHUP "$log"
	check "reload: the agent says so, and goes on" "0 1 yes" "$status $(grep -c SIGHUP "$log") $(alive "$pid" && echo yes)"
	sed -i 's/^bhyvescope_args=.*/bhyvescope_args="--host.hz=x --vm.include=("/' "$world/rc.conf"
	rc reload
	like "reload of a bad configuration" "1 bhyvescope: 2 problems with the command line:*not reloaded*" "$status $out"
	rc stop
	check "stop" "0 yes" "$status $(dead "$pid" && echo yes)"
	rc start
	like "start with bad flags" "1 *--host.hz=x: must be a whole number of Hz*failed precmd*" "$status $out"
}

# begin COMMAND...: beside the others, its report in a file; four at a time.
begun=0
begin() {
	begun=$((begun + 1))
	echo "# ${where:=}" > "$tmp/report.$begun"
	("$@" && echo "# end") >> "$tmp/report.$begun" 2>&1 &
	[ $((begun % 4)) -ne 0 ] || wait
}

if command -v shellcheck > /dev/null; then
	where=shellcheck
	begin check "clean" "" "$(shellcheck -x -s sh src/test/sh/rcd-life-test.sh src/test/sh/doubles/* 2>&1)"
fi
where=refused
begin refusals
where="the real agent"
if [ -f target/bhyvescope.jar ] && agent/bin/bhyvescope --print-java > /dev/null 2>&1; then
	begin real
else
	echo "# target/ is not built: the real agent is left out"
fi
for release in 13 14 15; do
	for user in root nobody; do
		where="FreeBSD $release, $user"
		begin life $user
	done
done
release=14
for shell in "busybox sh" mksh; do
	if command -v "${shell%% *}" > /dev/null; then
		where="$shell, nobody"
		begin life nobody
	else
		echo "# $shell is not here: left out"
	fi
done
wait

cat "$tmp"/report.*
passed=$(cat "$tmp"/report.* | grep -c '^ok ')
failed=$(cat "$tmp"/report.* | grep -c '^not ok ')
ended=$(cat "$tmp"/report.* | grep -c '^# end$')
echo "$passed passed, $failed failed, $((begun - ended)) parts without an end"
[ "$failed" -eq 0 ] && [ "$ended" -eq "$begun" ]
