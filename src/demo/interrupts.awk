# The simulated host's interrupt counters: each a function of the time alone, so that calls which know
# nothing of each other still see it grow.
#
#   awk -f interrupts.awk NOW EPOCH FORM interrupts
#
# NOW and EPOCH are seconds since 1970, the last is the file with the sources:
#
#   INDEX NAME BASE RATE [FROM TO PERIOD RATE2]...
#
# INDEX is the slot of the counter, NAME the kernel's name of the source, with blanks (irq256: ppt0), BASE
# its count at the epoch, RATE interrupts a second. In each PERIOD seconds from FROM to TO (below PERIOD) it
# is RATE2 instead: a storm, or silence. Where there are several of these, no two may overlap. Lines that begin with # are passed over. FORM is what is printed:
#
#   intrs       as sysctl -n hw.intrs
#   nonzero     as vmstat -i
#   all         as vmstat -ai
#
# Plain POSIX awk; numbers go through %.0f, since the %d of mawk ends at 2^31; no %*d, which busybox has not.

BEGIN {
    seconds = ARGV[1] - ARGV[2]
    if (seconds < 0)
        seconds = 0
    form = ARGV[3]
    file = ARGV[4]
    while ((getline line < file) > 0)
        if (line !~ /^[ \t]*(#|$)/)
            read_source(line)
    if (form == "intrs")
        print_intrs()
    else
        print_table()
    exit 0
}

# Numbers are taken from the right, since the name may have blanks: four of them more with each storm. A
# handler whose name is a number alone is not to be had.
function read_source(line,    w, n, numbers, i, rate) {
    n = split(line, w, /[ \t]+/)
    if (w[n] == "")
        n--
    numbers = 0
    while (numbers < n - 2 && w[n - numbers] ~ /^[0-9.]+$/)
        numbers++
    if (numbers % 4 != 2)
        return
    sources++
    slot[sources] = w[1]
    name[sources] = w[2]
    for (i = 3; i <= n - numbers; i++)
        name[sources] = name[sources] " " w[i]
    i = n - numbers
    rate = w[i + 2]
    count[sources] = w[i + 1] + rate * seconds
    for (i += 2; i + 4 <= n; i += 4)
        count[sources] += (w[i + 4] - rate) * within(seconds, w[i + 1], w[i + 2], w[i + 3])
    count[sources] = int(count[sources])
}

# How many of the seconds so far fell between two moments of each period.
function within(seconds, from, to, period,    periods, rest) {
    if (period <= 0 || to <= from)
        return 0
    periods = int(seconds / period)
    rest = seconds - periods * period
    rest = rest < from ? 0 : rest > to ? to - from : rest - from
    return periods * (to - from) + rest
}

function print_intrs(    i) {
    for (i = 1; i <= sources; i++)
        if (name[i] !~ /^(stray|cpu)/)
            printf "%s:%s @cpu%d(domain0): %.0f\n", name[i], slot[i], slot[i] % 8, count[i]
}

# The kernel pads its names to 19 characters.
function print_table(    i, total, since) {
    since = seconds < 1 ? 1 : seconds
    printf "%-19s %20s %10s\n", "interrupt", "total", "rate"
    for (i = 1; i <= sources; i++) {
        total += count[i]
        if (form == "all" || count[i] > 0)
            printf "%-19s %20.0f %10.0f\n", name[i], count[i], count[i] / since
    }
    printf "%-19s %20.0f %10.0f\n", "Total", total, total / since
}
