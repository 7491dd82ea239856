package org.bhyvescope.cli;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A VM of the simulated host that has a bhyve process, and when: a function of the time since the host's start alone, as all that
 * the look-alikes print. In each period there are so many runs of one length, evenly spaced. Pure.
 *
 * @param name it must be one that model.awk knows
 * @param index its place in {@link #ALL}, from which pids follow
 * @param hardware its bhyve's arguments, without the program and the name
 * @param vcpus how many
 * @param sleeping those of them that mostly sleep in the guest's HLT
 * @param runs when its bhyve runs
 * @param fresh whether each run has a device node of its own; otherwise one node outlives them all
 */
record DemoVm(String name, int index, String hardware, int vcpus, List<Integer> sleeping, Runs runs, boolean fresh) {
    /** bhyve takes the place of its arguments with its title once its devices are there. */
    static final long TITLE_MILLIS = 3_000;

    /** As in model.awk: so far into each period the guest that freezes stands still, for so long. */
    static final long FREEZE_PERIOD_MILLIS = 300_000;

    static final long FREEZE_FROM_MILLIS = 45_000;
    static final long FREEZE_MILLIS = 40_000;

    static final String FREEZES = "frozen";

    /** Pids grow, and no two runs have the same: those of the VM at place i are this, plus i, plus a multiple of 16. */
    private static final int FIRST_PID = 2000;

    private static final int PIDS_A_ROUND = 16;
    private static final int FIRST_PARENT = 700;

    private static final long SECOND = 1000;
    private static final long MINUTE = 60 * SECOND;
    private static final int CODE_SHIFT = 8;

    /** Wait statuses: reset, power-off, halt, triple fault, error, SIGABRT without a core, SIGSEGV with one, SIGKILL. */
    private static final List<Integer> EVERY_END =
            List.of(exit(0), exit(1), exit(2), exit(3), exit(4), 6, 11 | 0x80, 9);

    private static final Runs FOR_EVER = new Runs(Long.MAX_VALUE, 0, Long.MAX_VALUE, Long.MAX_VALUE, 1, List.of(0));

    /** All of them. Sampling by bhyvectl has 20 processes a second: of one second's interval no more than 16 vCPUs are read. */
    static final List<DemoVm> ALL = List.of(
            new DemoVm(
                    "win-gpu",
                    0,
                    "-S -H -P -c sockets=1,cores=4,threads=2 -m 16G -s 0,hostbridge -s 3,nvme,/dev/zvol/tank/win-gpu"
                            + " -s 5,passthru,3/0/0 -s 6,passthru,3/0/1 -s 10,virtio-net,tap0 -s 31,lpc"
                            + " -l bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd",
                    8,
                    List.of(),
                    FOR_EVER,
                    false),
            new DemoVm(
                    "linux-idle",
                    1,
                    "-S -H -c 2 -m 2G -s 0,hostbridge -s 3,virtio-blk,/dev/zvol/tank/linux-idle -s 5,passthru,4/0/0 -s 31,lpc",
                    2,
                    List.of(0, 1),
                    FOR_EVER,
                    false),
            new DemoVm(
                    "bsd-reboot",
                    2,
                    small("bsd-reboot"),
                    1,
                    List.of(),
                    new Runs(90 * SECOND, 0, 90 * SECOND, 90 * SECOND, 1, List.of(exit(0))),
                    false),
            new DemoVm("flaky", 3, small("flaky"), 1, List.of(0), FOR_EVER, false),
            new DemoVm(FREEZES, 4, small(FREEZES), 1, List.of(0), FOR_EVER, false),
            new DemoVm(
                    "roulette",
                    5,
                    small("roulette"),
                    1,
                    List.of(0),
                    new Runs(30 * SECOND, 0, 30 * SECOND, 25 * SECOND, 1, EVERY_END),
                    true),
            new DemoVm(
                    "triple",
                    6,
                    small("triple"),
                    1,
                    List.of(),
                    new Runs(10 * MINUTE, 0, 8 * SECOND, 6_500, 7, List.of(exit(3))),
                    true),
            // While triple is away.
            new DemoVm(
                    "visitor",
                    7,
                    small("visitor"),
                    1,
                    List.of(0),
                    new Runs(10 * MINUTE, MINUTE, 65 * SECOND, 45 * SECOND, 8, List.of(exit(1))),
                    true));

    /** Has no bhyve any more; its node is there still. */
    static final String OFF = "off";

    /**
     * When there is a bhyve. All in ms.
     *
     * @param first from the period's beginning to that of its first run
     * @param every from the beginning of a run to that of the next
     * @param length of a run
     * @param times runs in a period
     * @param waitStatuses with which they end, one after the other, over and over
     */
    record Runs(long period, long first, long every, long length, int times, List<Integer> waitStatuses) {}

    /**
     * One bhyve process.
     *
     * @param number of the VM's run, from 0
     * @param startMillis since the host's start
     * @param waitStatus with which it ends
     */
    record Run(DemoVm vm, long number, long startMillis, int waitStatus) {
        int pid() {
            return (int) (FIRST_PID + vm.index() + PIDS_A_ROUND * number);
        }

        /**
         * The file of this process from which the look-alikes of ps and procstat read what they print.
         *
         * @param epochMillis the host's start, since 1970
         * @param millis now, since the host's start
         */
        String file(long epochMillis, long millis) {
            StringBuilder text = new StringBuilder();
            text.append("vm ").append(vm.name());
            text.append("\nstart ").append(seconds(epochMillis + startMillis));
            text.append("\nppid ").append(FIRST_PARENT + vm.index());
            text.append("\nvcpus ").append(vm.vcpus()).append('\n');
            if (millis - startMillis < TITLE_MILLIS) {
                text.append("title no\nargs bhyve ").append(vm.hardware()).append(' ');
                text.append(vm.name()).append('\n');
            }
            if (!vm.sleeping().isEmpty()) {
                text.append("idle");
                vm.sleeping().forEach(vcpu -> text.append(' ').append(vcpu));
                text.append('\n');
            }
            if (vm.name().equals(FREEZES)) {
                text.append(stopped(epochMillis, millis));
            }
            return text.toString();
        }

        private static String stopped(long epochMillis, long millis) {
            long periods = millis / FREEZE_PERIOD_MILLIS;
            long into = millis % FREEZE_PERIOD_MILLIS - FREEZE_FROM_MILLIS;
            long before = (into < FREEZE_MILLIS ? periods : periods + 1) * FREEZE_MILLIS;
            boolean now = into >= 0 && into < FREEZE_MILLIS;
            return "stopped " + seconds(before) + (now ? " " + seconds(epochMillis + millis - into) : "") + "\n";
        }
    }

    /** The process that runs it at a time; empty while there is none. */
    Optional<Run> at(long millis) {
        if (millis < 0) {
            return Optional.empty();
        }
        long rest = millis % runs.period() - runs.first();
        long ofPeriod = rest < 0 ? runs.times() : rest / runs.every();
        if (ofPeriod >= runs.times() || rest % runs.every() >= runs.length()) {
            return Optional.empty();
        }
        long number = millis / runs.period() * runs.times() + ofPeriod;
        return Optional.of(new Run(
                this, number, millis - rest % runs.every(), runs.waitStatuses().get((int)
                        (number % runs.waitStatuses().size()))));
    }

    private static String small(String name) {
        return "-H -P -c 1 -m 1G -s 0,hostbridge -s 3,virtio-blk,/dev/zvol/tank/" + name + " -s 31,lpc";
    }

    private static int exit(int code) {
        return code << CODE_SHIFT;
    }

    /** {@code 1795621200.500} */
    static String seconds(long millis) {
        return String.format(Locale.ROOT, "%d.%03d", millis / SECOND, millis % SECOND);
    }
}
