#!/bin/sh
# The gate with stand-ins for bhyvectl, procstat, pciconf and ps: what it runs, what it refuses, how it ends. The copy
# that is tested differs from the installed one in their paths and in /dev/vmm.
# shellcheck disable=SC2016 # $x and backquotes as data
set -u
cd "$(dirname "$0")/../../.." || exit 1
. src/test/sh/check.sh

# double NAME: a program that writes down its arguments, its environment and its limit of descriptors, and then does
# what standard input says.
double() {
	{
		printf '#!/bin/sh\n'
		printf 'echo "%s $*" >> %s/ran\n' "$1" "$tmp"
		printf 'env > %s/env\nulimit -n > %s/descriptors\n' "$tmp" "$tmp"
		cat
	} > "$tmp/$1"
	chmod 755 "$tmp/$1"
}

double bhyvectl << 'END_OF_DOUBLE'
tmp=${0%/*}
vm=${1#--vm=}
cpu=${2#--cpu=}
case $vm in
half) printf 'no line end'; exit 0 ;;
nothing) exit 0 ;;
esac
case $* in *--get-active-cpus*) printf 'active cpus:\t %s\nsuspended cpus:\t (none)\n' "$(cat "$tmp/active")" ;; esac
case $vm in
hangs) exec sleep 30 ;;
late) case $cpu in 1) exec sleep 30 ;; esac ;;
fails) echo "errno = 6"; exit 255 ;;
floods) exec yes "a line and so on" ;;
esac
case $* in *--get-stats*) printf 'vcpu%s stats:\ntotal number of vm exits\t7\n' "$cpu" ;; esac
case $* in *--get-all*) printf 'efer[%s]\t0x500\n' "$cpu" ;; esac
END_OF_DOUBLE
echo 'echo stacks' | double procstat
echo 'case $1 in -l) echo "ppt0@pci0:3:0:0:	class=0x030000" ;; *) echo capabilities ;; esac' | double pciconf
echo 'case $4 in 100) echo bhyve ;; *) echo sshd ;; esac' | double ps

mkdir "$tmp/vmm"
for vm in web hangs late fails floods half nothing a.b-c_D9 "$(printf '%229s' '' | tr ' ' x)"; do
	: > "$tmp/vmm/$vm"
done
sed -e "s|^bhyvectl=/usr/sbin/|bhyvectl=$tmp/|" -e "s|^procstat=/usr/bin/|procstat=$tmp/|" -e "s|^vmm=/dev/|vmm=$tmp/|" \
	-e "s|^pciconf=/usr/sbin/|pciconf=$tmp/|" -e "s| /bin/ps | $tmp/ps |" \
	agent/libexec/bhyvescope-gate > "$tmp/gate"
chmod 755 "$tmp/gate"
check "the copy that is tested has other paths" 5 "$(diff agent/libexec/bhyvescope-gate "$tmp/gate" | grep -c '^>')"

# ask BYTES (printf's format): sets out, err, status, ran.
ask() {
	rm -f "$tmp/ran"
	# shellcheck disable=SC2059
	out=$(printf "$1" | "$tmp/gate" 2> "$tmp/err")
	status=$?
	err=$(cat "$tmp/err")
	ran=$(cat "$tmp/ran" 2> /dev/null)
}

# refused NAME BYTES
refused() {
	ask "$2"
	check "refused: $1" "2 refused ran nothing, printed nothing" \
		"$status $(printf '%s' "$err" | sed -n 's/^bhyvescope-gate: \(refused\): .*/\1/p') ran ${ran:-nothing}, printed ${out:-nothing}"
}

if command -v shellcheck > /dev/null; then
	check "shellcheck" "" "$(shellcheck -x -s sh agent/libexec/bhyvescope-gate src/test/sh/gate-test.sh 2>&1)"
fi

lines() { printf '%s\n' "$@"; }

echo "0, 2, 5" > "$tmp/active"
ask 'stats 30 web\n'
check "stats reads the active vCPUs by three calls" "$(lines \
	"bhyvectl --vm=web --cpu=0 --get-active-cpus --get-suspended-cpus --get-cpu-topology --get-stats" \
	"bhyvectl --vm=web --cpu=2 --get-stats" "bhyvectl --vm=web --cpu=5 --get-stats")" "$ran"
check "and says what each printed, and that it is the end" "$(lines \
	"bhyvescope-gate: 1" \
	"bhyvescope-gate: call 0" "active cpus:	 0, 2, 5" "suspended cpus:	 (none)" "vcpu0 stats:" \
	"total number of vm exits	7" "" "bhyvescope-gate: exit 0" \
	"bhyvescope-gate: call 2" "vcpu2 stats:" "total number of vm exits	7" "" "bhyvescope-gate: exit 0" \
	"bhyvescope-gate: call 5" "vcpu5 stats:" "total number of vm exits	7" "" "bhyvescope-gate: exit 0" \
	"bhyvescope-gate: end")" "$out"

(
	export FOO=bar LD_LIBRARY_PATH=/nowhere PATH="$tmp:$PATH" IFS=x LC_ALL=C.UTF-8 ENV="$tmp/evil" BASH_ENV="$tmp/evil"
	echo "echo evil >> $tmp/ran" > "$tmp/evil"
	# shellcheck disable=SC3045
	ulimit -S -n 20
	ask 'stats 30 web\n'
	echo "$ran" > "$tmp/ran-in-odd-environment"
)
check "nothing of the caller's environment comes through" "LC_ALL=C PATH=/bin:/usr/bin" \
	"$(grep -v -e '^PWD=' -e '^_=' -e '^OLDPWD=' "$tmp/env" | sort | tr '\n' ' ' | sed 's/ $//')"
check "nor its limit of descriptors" 64 "$(cat "$tmp/descriptors")"
check "and it runs the same" 3 "$(grep -c '^bhyvectl' "$tmp/ran-in-odd-environment")"
check "and nothing else" 3 "$(grep -c . "$tmp/ran-in-odd-environment")"

for vm in a.b-c_D9 "$(printf '%229s' '' | tr ' ' x)"; do
	ask "stats 30 $vm\n"
	check "a VM may be called $vm" "0 bhyvescope-gate: end" "$status $(printf '%s\n' "$out" | tail -n 1)"
done
ask 'stats 30 gone\n'
check "a VM that is not there is not asked for" "nothing vm_open: gone could not be opened: No such file or directory" \
	"${ran:-nothing} $err"
check "and that reads as if bhyvectl said so" "$(lines "bhyvescope-gate: 1" "bhyvescope-gate: call 0" "" \
	"bhyvescope-gate: exit 1" "bhyvescope-gate: end")" "$out"

for set in "(none)" "0, x" "0, 12345" "0, -1" "0; reboot" "0, 99999999999999999999" "0 - 3" "\$(reboot)" "*" "$(seq -s ', ' 0 256)"; do
	echo "$set" > "$tmp/active"
	ask 'stats 30 web\n'
	check "of a set that is none, only the first call is made: $(printf '%.20s' "$set")" 1 "$(printf '%s\n' "$ran" | grep -c .)"
done
seq -s ', ' 0 39 > "$tmp/active"
ask 'stats 30 web\n'
check "forty vCPUs are read" "40 bhyvescope-gate: end" \
	"$(printf '%s\n' "$ran" | grep -c .) $(printf '%s\n' "$out" | tail -n 1)"

echo "0, 1" > "$tmp/active"
ask 'state 30 web 1\n'
check "state asks for the set, then for all" "$(lines "bhyvectl --vm=web --get-active-cpus" \
	"bhyvectl --vm=web --cpu=1 --get-all")" "$ran"
check "and says what the second printed" "$(lines "bhyvescope-gate: 1" "bhyvescope-gate: call 1" "efer[1]	0x500" "" \
	"bhyvescope-gate: exit 0" "bhyvescope-gate: end")" "$out"
ask 'state 30 web 2\n'
check "a vCPU that is not active is not read" "bhyvectl --vm=web --get-active-cpus: vCPU 2 is not active" "$ran: $err"
ask 'state 30 fails 1\n'
check "nor one of a VM whose set cannot be read" "bhyvectl --vm=fails --get-active-cpus" "$ran"
ask 'stats 30 fails\n'
check "the first failure is the last call" "1 bhyvescope-gate: exit 255" \
	"$(printf '%s\n' "$ran" | grep -c .) $(printf '%s\n' "$out" | grep exit)"
ask 'stats 30 nothing\n'
check "no output is told as such" 1 "$(printf '%s\n' "$ran" | grep -c .)"
ask 'stats 30 half\n'
check "half a line stays half a line" 1 "$(printf '%s\n' "$out" | grep -c '^no line end$')"

ask 'hello 10\n'
check "hello says as whom" "$(id -u)" "$(printf '%s\n' "$out" | sed -n 3p)"
ask 'stacks 30 100\n'
check "stacks of a bhyve" "$(lines "ps -o ucomm= -p 100" "procstat -kk 100")" "$ran"
ask 'stacks 30 101\n'
check "no stacks of another process" "ps -o ucomm= -p 101: process 101 is no bhyve" "$ran: $err"
ask 'pci 30 pci0:3:0:0\n'
check "a device of ppt's" "$(lines "pciconf -l pci0:3:0:0" "pciconf -lvbc pci0:3:0:0")" "$ran"
ask 'pci 30 pci0:4:0:0\n'
check "no other device" "pciconf -l pci0:4:0:0: pci0:4:0:0 is not held by ppt" "$ran: $err"

refused "nothing at all" ''
refused "an empty line" '\n'
refused "no line end" 'stats 30 web'
refused "two lines" 'stats 30 web\nstats 30 web\n'
refused "an empty line before" '\nstats 30 web\n'
refused "an empty line behind" 'stats 30 web\n\n'
refused "a NUL in a word" 'st\000ats 30 web\n'
refused "a NUL behind" 'stats 30 web\000\n'
refused "a NUL after the line" 'stats 30 web\n\000'
refused "a carriage return" 'stats 30 web\r\n'
refused "a tab" 'stats\t30 web\n'
refused "two blanks" 'stats  30 web\n'
refused "a blank before" ' stats 30 web\n'
refused "a blank behind" 'stats 30 web \n'
refused "a word more" 'stats 30 web 0\n'
refused "a word less" 'stats 30\n'
refused "no limit" 'stats web\n'
refused "another word" 'destroy 30 web\n'
refused "an option" '--destroy 30 web\n'
refused "a word of the shell" 'refuse 30 web\n'
refused "capital letters" 'STATS 30 web\n'
refused "escape" 'stats 30 \033[2Jweb\n'
refused "delete" 'stats 30 web\177\n'
refused "UTF-8" 'stats 30 w\303\251b\n'
refused "Latin-1" 'stats 30 w\351b\n'
refused "a direction mark" 'stats 30 \342\200\256bew\n'
refused "quotes" "stats 30 'web'\n"
refused "double quotes" 'stats 30 "web"\n'
refused "a backslash" 'stats 30 w\\eb\n'
refused "an octal escape" 'stats 30 \\167eb\n'
refused "a conversion" 'stats 30 %%s\n'
refused "a glob" 'stats 30 *\n'
refused "a glob for one" 'stats 30 we?\n'
refused "a glob of a range" 'stats 30 [w]eb\n'
refused "a variable" 'stats 30 $vmm\n'
refused "a command" 'stats 30 $(reboot)\n'
refused "a backquoted command" 'stats 30 `reboot`\n'
refused "a second command" 'stats 30 web;reboot\n'
refused "a pipe" 'stats 30 web|reboot\n'
refused "a background" 'stats 30 web&\n'
refused "a redirection" 'stats 30 >web\n'
refused "a tilde" 'stats 30 ~root\n'
refused "a brace" 'stats 30 {web,hangs}\n'
refused "a comment" 'stats 30 #web\n'
refused "a leading dash" 'stats 30 -web\n'
refused "an option for a name" 'stats 30 --destroy\n'
refused "a dot" 'stats 30 .\n'
refused "two dots" 'stats 30 ..\n'
refused "a leading dot" 'stats 30 .web\n'
refused "a slash" 'stats 30 ../web\n'
refused "a path" 'stats 30 /dev/vmm/web\n'
refused "a slash behind" 'stats 30 web/\n'
refused "a name of 230 bytes" "stats 30 $(printf '%230s' '' | tr ' ' x)\n"
refused "a line of 401 bytes" "stats 30 $(printf '%391s' '' | tr ' ' x)\n"
for limit in 0 00 01 601 1000 -1 1.5 1e1 0x10 '' 99999999999999999999 ten; do
	refused "the limit $limit" "stats $limit web\n"
done
for vcpu in -1 00 01 10000 1.0 1e0 0x1 all 99999999999999999999; do
	refused "vCPU $vcpu" "state 30 web $vcpu\n"
done
for pid in 0 -1 01 1e1 100,101 12345678 self; do
	refused "process $pid" "stacks 30 $pid\n"
done
for selector in pci0:3:0 pci0:3:0:0:0 pci0:3:0: pci0::0:0 pci:3:0:0 0:3:0:0 ppt0 -a pci0:3:0:x pci0:3:0:0: pcipci0:3:0:0 'pci0:3:0:*'; do
	refused "device $selector" "pci 30 $selector\n"
done
ask "$(printf '%500s' '' | tr ' ' y)\n"
check "a line of 500 bytes is refused" 2 "$status"
rm -f "$tmp/ran"
err=$(head -c 1000000 /dev/zero | tr '\0' a | "$tmp/gate" 2>&1)
check "a megabyte is refused" "bhyvescope-gate: refused: not one line of at most 400 bytes" "$err"
rm -f "$tmp/ran"
printf 'stats 30 web\n' | "$tmp/gate" 2>&- > /dev/null
check "a closed standard error is refused" "2 nothing" "$? $(cat "$tmp/ran" 2> /dev/null || echo nothing)"
printf 'stats 30 web\n' | "$tmp/gate" 2> /dev/null >&-
check "a closed standard output is refused" "2 nothing" "$? $(cat "$tmp/ran" 2> /dev/null || echo nothing)"
"$tmp/gate" 2> /dev/null <&-
check "a closed standard input is refused" "2 nothing" "$? $(cat "$tmp/ran" 2> /dev/null || echo nothing)"
err=$(printf 'stats 30 web\n' | "$tmp/gate" stats 30 web 2>&1)
check "arguments are refused" "bhyvescope-gate: refused: arguments" "$err"
check "and nothing ran" nothing "$(cat "$tmp/ran" 2> /dev/null || echo nothing)"

# seconds COMMAND...: sets took to whole seconds.
seconds() {
	_begun=$(date +%s)
	"$@"
	took=$(($(date +%s) - _begun))
}

within() { [ "$2" -le "$1" ] && echo "within $1 s" || echo "$2 s"; }

seconds ask 'stats 5 hangs\n'
check "a bhyvectl that hangs is killed at its limit" "within 3 s bhyvescope-gate: exit 137" \
	"$(within 3 "$took") $(printf '%s\n' "$out" | grep exit | sed 's/124/137/')"
seconds ask 'stats 5 late\n'
check "a later one, too, after the first was told" "within 3 s 0 137 bhyvescope-gate: end" \
	"$(within 3 "$took") $(printf '%s\n' "$out" | sed -n 's/^bhyvescope-gate: exit //p' | sed 's/124/137/' | tr '\n' ' ')$(printf '%s\n' "$out" | tail -n 1)"
seconds ask 'stats 20 floods\n'
check "output without end is cut" "within 4 s yes" \
	"$(within 4 "$took") $([ "${#out}" -le 300000 ] && echo yes || echo "${#out} bytes")"
check "and does not look whole" 0 "$(printf '%s\n' "$out" | grep -c 'exit 0')"
seconds ask 'state 20 floods 1\n'
check "of a state, too" "within 6 s yes 0" \
	"$(within 6 "$took") $([ "${#out}" -le 1000000 ] && echo yes || echo "${#out} bytes") $(printf '%s\n' "$out" | grep -c '^bhyvescope-gate: exit 0')"

# gone PIDFILE...: whether the process ends within so many tenths of a second.
gone() {
	_left=$1
	while kill -0 "$2" 2> /dev/null; do
		_left=$((_left - 1))
		[ "$_left" -gt 0 ] || return 1
		sleep 0.1
	done
}

mkfifo "$tmp/in" "$tmp/out"
seconds sh -c "sleep 10 > '$tmp/in' & exec '$tmp/gate' < '$tmp/in' > /dev/null 2> '$tmp/err'"
check "a caller that says nothing is not waited for" "within 4 s bhyvescope-gate: refused: no whole line" \
	"$(within 4 "$took") $(grep refused "$tmp/err")"

# The caller closes both pipes while a bhyvectl hangs: what ends it is the limit of that one.
(printf 'stats 10 late\n' | exec "$tmp/gate" > "$tmp/out" 2> /dev/null) &
gate=$!
head -n 1 < "$tmp/out" > /dev/null # and closes it
gone 40 "$gate"
check "it ends by itself when its caller has gone" 0 $?
rm -f "$tmp/ran"
sleep 1
check "and runs nothing more" nothing "$(cat "$tmp/ran" 2> /dev/null || echo nothing)"

# A caller that holds the pipe and reads nothing, with another most_seconds.
sed 's|^most_seconds=60|most_seconds=3|' "$tmp/gate" > "$tmp/gate-3"
chmod 755 "$tmp/gate-3"
(printf 'state 10 floods 1\n' | exec "$tmp/gate-3" > "$tmp/out" 2> /dev/null) &
gate=$!
(exec 3< "$tmp/out" && exec sleep 8) &
holder=$!
gone 65 "$gate"
check "it ends by itself when nobody reads" 0 $?
kill "$holder"

# The same with standard error: a pipe that is full, and that nobody reads.
for request in 'bogus 1' 'state 10 web 9' 'stacks 5 1'; do
	rm -f "$tmp/ended"
	{
		{
			dd if=/dev/zero bs=4096 count=16 2> /dev/null # as much as a pipe of Linux takes
			printf '%s\n' "$request" | "$tmp/gate-3" 2>&1 > /dev/null
			: > "$tmp/ended"
		} | (exec sleep 12)
	} &
	left=90
	while [ ! -e "$tmp/ended" ] && [ "$left" -gt 0 ]; do
		left=$((left - 1))
		sleep 0.1
	done
	check "it ends by itself when nobody reads what it says beside: $request" yes "$([ -e "$tmp/ended" ] && echo yes)"
done

# Signals that the caller ignores are ignored in its children.
out=$(
	trap '' PIPE TERM CHLD HUP INT
	printf 'stats 30 web\n' | "$tmp/gate" | tail -n 1
)
check "ignored signals change nothing" "bhyvescope-gate: end" "$out"

check "nothing is left" "" "$(pgrep -f "$tmp/(gate|bhyvectl)")"

finish
