# The guests of the simulated host: every counter is a function of the time alone, so that calls
# which know nothing of each other still see it grow as a real one does.
#
#   awk -f model.awk -f state.awk NOW EPOCH BORN VM CPU ACTIVE SUSPENDED STATS TOPOLOGY ALL
#
# (times in seconds since 1970, the last five 0 or 1). Plain POSIX awk: mawk, gawk, busybox and the
# one true awk print the same. Numbers go through %.0f, since mawk's %d ends at 2^31; no sin or exp,
# since Debian's busybox has none.

BEGIN {
    tsc_hz = 3000000000 # machdep.tsc_freq of the simulated host
    hz = 1000           # its kern.hz
    maxcpus = 16        # its hw.vmm.maxcpu
    gib = 1024 * 1024 * 1024

    now = ARGV[1] + 0
    born = ARGV[3] == "" ? -1 : ARGV[3] + 0
    t = not_below_zero(now - ARGV[2])
    cpu = atoi(ARGV[5])
    load = 1.12 - 0.07 * (3 * cpu % 5) # no two neighbours are equally busy

    guest(ARGV[4])
    if (cpu >= vcpus)
        split("", exact) # reading it creates it, in the kernel too: all zero

    if (ARGV[10]) {
        print_all(ARGV[4])
        exit 0
    }
    if (ARGV[6])
        print_cpus("active", vcpus)
    if (ARGV[7])
        print_cpus("suspended", suspended ? vcpus : 0)
    if (ARGV[8] && cpu >= 0 && cpu < maxcpus)
        print_stats()
    if (ARGV[9])
        print_topology()
    exit 0
}

# ---- The guests. Columns: statistic, rate per second, swing as a share of it, the swing's period in seconds.

function guest(name) {
    if (name == "win-gpu")
        win_gpu()
    else if (name == "bsd-reboot")
        bsd_reboot()
    else if (name == "flaky")
        flaky()
    else if (name == "visitor")
        visitor()
    else if (name == "off")
        off()
    else if (name == "frozen")
        frozen()
    else if (name == "roulette")
        roulette()
    else if (name == "triple")
        triple()
    else
        linux_idle(name == "linux-idle" ? 2 : 1)
}

# Idle: wakes up for its TSC deadline timer, an x2APIC register and hence a wrmsr, and goes back to sleep.
function linux_idle(size) {
    machine("intel", 1, size, 1, 2, size > 1 ? 2 : 0)
    count("hlt",                    15,     0.2,  31)
    count("wrmsr",                  16,     0.2,  31)
    count("external_interrupt",      5,     0.2,  17)
    count("unaccounted",             5,     0.2,  23)
    count("interrupt_window",        0.8,   0.5,  29)
    count("inout",                   0.4,   0.5,  41)
    count("nested_page_fault",       0.2,   0.8,  61)
    count("instruction_emulation",   0.05,  0.5,  97)
    count("cpuid",                   0.02,  0.5,  97)
    count("rdmsr",                   0.02,  0.5,  97)
    count("cr_access",               0.005, 0.5,  97)
    count("timer",                  11,     0.2,  31)
    count("ipis_sent",               2,     0.4,  19)
    count("ipis_received",           2,     0.4,  37)
    count("migrations",              3,     0.3,  43)
    count("vpid_saved",              2,     0.3,  43)
    count("vpid_done",               1,     0.3,  43)
    count("astpending",              0.05,  0.5,  53)
    run(0.005, 0.3, 31)
    idle(0.99)
}

# Windows, no x2APIC: each EOI and IPI is an access to the local APIC's page, hence instruction_emulation.
# Its GPU driver works in bursts of trapped register accesses; between them threads wait in PAUSE loops (bhyve -P).
# From 110 s to 200 s of every five minutes its devices do not interrupt (see interrupts), and it asks their trapped
# registers without end. The waves of its other exits go on.
function win_gpu(    silent, burst, quiet) {
    machine("amd", 1, 4, 2, 16, 16)
    if (cpu == 7) { # never started by the guest: bhyve's thread just asks, again and again
        add("userspace", 1000 * t)
        return
    }
    silent = seconds_within(300, 110, 90)
    burst = seconds_before_and_after_silence(20, 8, 5)
    quiet = t - burst - silent
    mmio(4300 * load, burst)
    mmio(5000 * load, silent)
    if (cpu == 1)
        storm(seconds_before_and_after_silence(60, 40, 2))
    add("pause", 2300 * load * quiet)

    count("instruction_emulation", 700,     0.2,  13)
    count("pause",                 500,     0.3,   7)
    count("inout",                 750,     0.05, 47)
    count("external_interrupt",    500,     0.2,  17)
    count("hlt",                   450,     0.2,  11)
    count("amd_window",             40,     0.3,  19)
    count("cpuid",                   3,     0.5,  23)
    count("rdmsr",                   1.5,   0.5,  29)
    count("wrmsr",                   0.1,   0.5,  59)
    count("nested_page_fault",       0.01,  0.5,  97)
    count("unaccounted",             3,     0.5,  37)
    count("timer",                  64,     0.1,  29)
    count("ipis_sent",             260,     0.3,  13)
    count("ipis_received",         260,     0.3,  23)
    count("spurious_eois",           0.02,  0.5,  97)
    count("migrations",             70,     0.3,  31)
    count("astpending",             12,     0.3,  41)
    count("rendezvous",              0.01,  0.5,  97)
    count("event_delivery",          0.05,  0.5,  71)
    count("events_pending",          0.05,  0.5,  71)
    run(0.35, 0.2, 27)
    idle(0.85)
}

# Reset by itself every 90 s, under the same device node: the counters fall, and bhyve is another process.
function bsd_reboot() {
    t = t % 90
    machine("intel", 1, 1, 1, 1, 0)
    at_boot("nested_page_fault", 6000)
    at_boot("inout", 3000)
    at_boot("cpuid", 900)
    at_boot("cr_access", 60)

    count("wrmsr",                 600,     0.3,  13)
    count("hlt",                   500,     0.3,  13)
    count("external_interrupt",    300,     0.2,  17)
    count("unaccounted",           230,     0.2,  23)
    count("inout",                 200,     0.4,  29)
    count("interrupt_window",       60,     0.3,  19)
    count("instruction_emulation",  50,     0.4,  31)
    count("nested_page_fault",      20,     0.8,  11)
    count("rdmsr",                   5,     0.5,  37)
    count("cpuid",                   1,     0.5,  37)
    count("timer",                 220,     0.2,  13)
    count("ipis_sent",              90,     0.3,  17)
    count("ipis_received",          90,     0.3,  19)
    count("migrations",             40,     0.3,  23)
    count("vpid_saved",             25,     0.3,  23)
    count("vpid_done",              15,     0.3,  23)
    count("astpending",              3,     0.5,  41)
    run(0.25, 0.3, 19)
    idle(0.9)
}

# An ordinary small guest whose bhyvectl now and then does not answer, for 15 s of every 75.
function flaky() {
    if (t % 75 >= 30 && t % 75 < 45)
        exit 75 # see bhyvectl
    machine("amd", 1, 1, 1, 0.5, 0)
    small_amd_guest()
}

# Powered off, its node not yet destroyed: what it had counted in two days stays readable.
function off() {
    t = 2 * 86400
    suspended = 1
    machine("amd", 1, 1, 1, 4, 0)
    small_amd_guest()
}

# Stands still from 45 s on for 40 s of every five minutes: its bhyve waits for a lock.
function frozen() {
    t -= seconds_within(300, 45, 40)
    machine("intel", 1, 1, 1, 0.5, 0)
    small_intel_guest()
}

# Its bhyve ends every 30 s, each time in another way, and is started anew.
function roulette() {
    t = since_born()
    machine("amd", 1, 1, 1, 0.5, 0)
    small_amd_guest()
}

# Dies of a triple fault while it boots, again and again: 5 s after its start all is over but bhyve's end. The kernel
# sees a fault come up while it injects a double fault; the processor's own exit for it would not end so.
function triple() {
    t = since_born()
    suspended = t >= 5
    if (suspended)
        t = 5
    machine("intel", 1, 1, 1, 0.5, 0)
    at_boot("nested_page_fault", 9000)
    at_boot("inout", 5000)
    at_boot("cpuid", 700)
    at_boot("cr_access", 40)
    count("external_interrupt",    100,     0.2,  17)
    count("instruction_emulation", 200,     0.3,  23)
    count("interrupt_window",       10,     0.3,  31)
    count("unaccounted",            30,     0.5,  37)
    count("migrations",             10,     0.3,  31)
    run(0.7, 0.2, 19)
    idle(0.1)
}

function small_amd_guest() {
    count("hlt",                   150,     0.2,  19)
    count("inout",                 125,     0.2,  29)
    count("external_interrupt",     90,     0.2,  17)
    count("instruction_emulation",  90,     0.3,  23)
    count("amd_window",             20,     0.3,  31)
    count("pause",                  20,     0.5,  13)
    count("cpuid",                   1,     0.5,  41)
    count("rdmsr",                   0.5,   0.5,  43)
    count("wrmsr",                   0.5,   0.5,  47)
    count("nested_page_fault",       0.3,   0.8,  61)
    count("unaccounted",             2,     0.5,  37)
    count("timer",                 100,     0.1,  19)
    count("ipis_sent",               5,     0.4,  23)
    count("ipis_received",           5,     0.4,  29)
    count("migrations",             15,     0.3,  31)
    count("astpending",              1,     0.5,  53)
    count("event_delivery",          0.01,  0.5,  71)
    count("events_pending",          0.01,  0.5,  71)
    run(0.06, 0.3, 19)
    idle(0.95)
}

# Comes and goes.
function visitor() {
    t = since_born()
    machine("intel", 1, 1, 1, 1, 0)
    at_boot("nested_page_fault", 2000)
    at_boot("inout", 1000)
    at_boot("cpuid", 400)
    small_intel_guest()
}

function small_intel_guest() {
    count("wrmsr",                  90,     0.3,  13)
    count("hlt",                    80,     0.3,  13)
    count("external_interrupt",     50,     0.2,  17)
    count("unaccounted",            40,     0.2,  23)
    count("inout",                  30,     0.3,  29)
    count("interrupt_window",        8,     0.3,  19)
    count("nested_page_fault",       2,     0.8,  31)
    count("timer",                  45,     0.2,  13)
    count("migrations",             10,     0.3,  23)
    count("vpid_saved",              6,     0.3,  23)
    count("vpid_done",               4,     0.3,  23)
    run(0.04, 0.3, 19)
    idle(0.95)
}

# A guest whose node says when it was made began with it.
function since_born() {
    return born >= 0 ? not_below_zero(now - born) : t % 60
}

# ---- What the tables are made of. Everything is an integral from 0 to t of a rate that is never below 0.

function machine(cpu_vendor, s, c, n, resident_gib, wired_gib) {
    vendor = cpu_vendor
    sockets = s
    cores = c
    threads = n
    vcpus = s * c * n
    if (cpu == 0) { # the kernel counts memory once per VM
        exact["resident"] = resident_gib * gib
        exact["wired"] = wired_gib * gib
    }
}

function count(key, rate, swing, period,    phase) {
    phase = 0.38 * ++terms + 0.27 * cpu # no two curves move together
    add(key, load * rate * (t + swing * period * (swell(t / period + phase) - swell(phase))))
}

# The integral of a wave of period 1 between -1 and 1, made of two parabolas in place of a sine's halves.
function swell(x) {
    x -= int(x)
    if (x > 0.5)
        x = 1 - x
    return x * x * (4 - 16 / 3 * x)
}

# Reached 10 s after the start, most of it in the first few.
function at_boot(key, amount,    rest) {
    rest = t < 10 ? 1 - t / 10 : 0
    add(key, load * amount * (1 - rest * rest * rest))
}

# Accesses to a device that bhyve itself emulates.
function mmio(rate, seconds) {
    add("instruction_emulation", rate * seconds)
    add("userspace", rate * seconds)
}

function storm(seconds) {
    mmio(100000, seconds)
    add("runtime", 0.4 * tsc_hz * seconds)
}

# How much of a CPU the guest gets.
function run(share, swing, period) {
    count("runtime", share * tsc_hz, swing, period)
}

# How much of the remaining time it sleeps in HLT; the rest goes to bhyve and the kernel. Comes after run().
function idle(share) {
    add("idle_ticks", share * hz * (t - exact["runtime"] / tsc_hz))
}

function add(key, amount) {
    exact[key] += amount
}

# Of the time up to t, the part in [from, from + duration) of each period.
function seconds_within(period, from, duration) {
    return seconds_until(t, period, from, duration)
}

function seconds_until(end, period, from, duration,    part) {
    part = not_below_zero(end % period - from)
    return int(end / period) * duration + (part < duration ? part : duration)
}

# As seconds_within, without what falls into win-gpu's silence. The period must divide the silence's.
function seconds_before_and_after_silence(period, from, duration,    into, before) {
    into = t % 300
    into = into < 110 ? 110 : into > 200 ? 200 : into
    before = seconds_until(110, period, from, duration)
    return seconds_within(period, from, duration) - seconds_until(into, period, from, duration) + before \
        - int(t / 300) * (seconds_until(200, period, from, duration) - before)
}

function not_below_zero(x) {
    return x < 0 ? 0 : x
}

# As C's: text is 0, and what follows the digits does not matter.
function atoi(text) {
    return match(text, /^[-+]?[0-9]+/) ? substr(text, 1, RLENGTH) + 0 : 0
}

# ---- The program's output: FreeBSD 14's lines in its order.

function print_cpus(which, n,    i, list) {
    for (i = 0; i < n; i++)
        list = list (i ? ", " : "") i
    printf "%s cpus:\t %s\n", which, n ? list : "(none)"
}

function print_topology() {
    printf "cpu_topology:\tsockets=%d, cores=%d, threads=%d, maxcpus=%d\n", sockets, cores, threads, maxcpus
}

function print_all(name) {
    print_vm(name)
    if (cpu < 0 || cpu >= maxcpus) { # EINVAL, after what is the VM's
        print "errno = 22"
        exit 255
    }
    print_state(name)
    print_cpus("active", vcpus)
    print_cpus("suspended", suspended ? vcpus : 0)
    if (name == "triple" && suspended) # a page fault while a double fault was being delivered
        printf "pending:\texception vector 8\ncurrent:\texception vector 14\n"
    else
        printf "pending:\tn/a\ncurrent:\tn/a\n"
    print_stats()
    print_topology()
}

function print_stats(    i) {
    printf "vcpu%d stats:\n", cpu
    line("vcpu total runtime",                         "runtime")
    line("number of ticks vcpu was idle",              "idle_ticks")
    line("number of NMIs delivered to vcpu",           "nmis")
    line("number of ExtINTs delivered to vcpu",        "extints")
    line("Resident memory",                            "resident")
    line("Wired memory",                               "wired")
    line("vcpu migration across host cpus",            "migrations")
    total_exits()
    line("total number of vm exits",                   "total")
    line("vm exits due to external interrupt",         "external_interrupt")
    line("number of times hlt was intercepted",        "hlt")
    line("number of times %cr access was intercepted", "cr_access")
    line("number of times rdmsr was intercepted",      "rdmsr")
    line("number of times wrmsr was intercepted",      "wrmsr")
    line("number of monitor trap exits",               "monitor_trap")
    line("number of times pause was intercepted",      "pause")
    line("vm exits due to interrupt window opening",   "interrupt_window")
    line("vm exits due to nmi window opening",         "nmi_window")
    line("number of times in/out was intercepted",     "inout")
    line("number of times cpuid was intercepted",      "cpuid")
    line("vm exits due to nested page fault",          "nested_page_fault")
    line("vm exits for instruction emulation",         "instruction_emulation")
    line("number of vm exits for unknown reason",      "unknown")
    line("number of times astpending at exit",         "astpending")
    line("number of times idle requested at exit",     "idle_requested")
    userspace_exits()
    line("number of vm exits handled in userspace",    "userspace")
    line("number of times rendezvous pending at exit", "rendezvous")
    line("number of vm exits due to exceptions",       "exception")
    line("EOI without any in-service interrupt",       "spurious_eois")
    line("error interrupts generated by vlapic",       "errors")
    line("timer interrupts generated by vlapic",       "timer")
    line("corrected machine check interrupts generated by vlapic", "cmci")
    for (i = 0; i < 7; i++)
        line("lvts triggered[" i "]",                  "lvt" i)
    line("ipis sent from vcpu",                        "ipis_sent")
    line("ipis received by vcpu",                      "ipis_received")
    if (vendor == "amd") {
        line("VM exits during event delivery",         "event_delivery")
        line("Events pending at VM entry",             "events_pending")
        line("VM exits due to interrupt window",       "amd_window")
    } else {
        line("Number of vpid invalidations saved",     "vpid_saved")
        line("Number of vpid invalidations done",      "vpid_done")
    }
}

function line(description, key) {
    printf "%-40s\t%.0f\n", description, int(exact[key])
}

# The parts as printed plus what no line counts: on AMD next to nothing, on Intel the exits around the APIC.
function total_exits(    n, i, reason) {
    n = split("external_interrupt hlt cr_access rdmsr wrmsr pause interrupt_window amd_window inout cpuid " \
              "nested_page_fault instruction_emulation unaccounted", reason, " ")
    for (i = 1; i <= n; i++)
        exact["total"] += int(exact[reason[i]])
}

# Every PAUSE and every port goes through bhyve.
function userspace_exits() {
    add("userspace", exact["pause"] + exact["inout"])
}
