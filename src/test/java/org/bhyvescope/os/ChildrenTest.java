package org.bhyvescope.os;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bhyvescope.os.ChildResult.Exited;
import org.bhyvescope.os.ChildResult.NotStarted;
import org.bhyvescope.os.ChildResult.TimedOut;
import org.bhyvescope.os.ChildResult.TooMuchOutput;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Real processes. Not here: a child that outlives SIGKILL, since only the kernel can make one (uninterruptible sleep).
 */
@Timeout(120)
class ChildrenTest {
    private static final Duration LONG = Scripts.PATIENCE;
    private static final Duration SHORT = Duration.ofMillis(300);

    @TempDir
    Path dir = Path.of("");

    private final Children children = Scripts.quickChildren();
    private final ExecutorService thread = Executors.newSingleThreadExecutor();

    @AfterEach
    void killAll() {
        children.close();
        thread.shutdownNow();
    }

    // ---- a child that ends by itself

    @Test
    void bothStreamsAndTheStatusAreReturned() throws Exception {
        Exited exited = exited("echo out; echo err >&2; exit 3");

        assertThat(exited.status()).isEqualTo(3);
        assertThat(exited.stdout()).asString(US_ASCII).isEqualTo("out\n");
        assertThat(exited.stderr()).asString(US_ASCII).isEqualTo("err\n");
    }

    @Test
    void aSilentChildReturnsEmptyStreams() throws Exception {
        Exited exited = exited("exit 0");

        assertThat(exited.status()).isZero();
        assertThat(exited.stdout()).isEmpty();
        assertThat(exited.stderr()).isEmpty();
    }

    @Test
    void theArgumentsArriveUnchanged() throws Exception {
        Path script = script("for a; do printf '[%s]' \"$a\"; done");

        Exited exited = (Exited)
                children.run(Command.statistics(script, "a b;$(c)'\"*", 7), Owner.statistics("vm"), Allowance.of(LONG));

        assertThat(exited.stdout()).asString(US_ASCII).isEqualTo("[--vm=a b;$(c)'\"*][--cpu=7][--get-stats]");
    }

    @Test
    void theBytesOfTheOutputArriveUnchanged() throws Exception {
        Exited exited = exited("printf 'a\\000b\\377\\r\\n'");

        assertThat(exited.stdout()).isEqualTo("a\0b\u00ff\r\n".getBytes(ISO_8859_1));
    }

    @Test
    void standardInputIsEmpty() throws Exception {
        Exited exited = exited("if read -r line; then echo \"got $line\"; else echo nothing; fi; /bin/cat");

        assertThat(exited.stdout()).asString(US_ASCII).isEqualTo("nothing\n");
    }

    @Test
    void theEnvironmentHoldsNothingButLcAll() throws Exception {
        Exited exited = exited("exec /usr/bin/env");
        Set<String> names = new String(exited.stdout(), US_ASCII)
                .lines()
                .filter(l -> !l.matches("(PWD|OLDPWD|SHLVL|_)=.*")) // what sh itself adds
                .collect(Collectors.toSet());

        assertThat(names).containsExactly("LC_ALL=C");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM 143", "KILL 137", "HUP 129", "SEGV 139"})
    void aChildThatASignalEndedHasStatus128AndTheSignal(String signal) throws Exception {
        String[] nameAndStatus = signal.split(" ", 2);

        assertThat(exited("kill -" + nameAndStatus[0] + " $$; exec /bin/sleep 1000")
                        .status())
                .isEqualTo(Integer.parseInt(nameAndStatus[1]));
    }

    @Test
    void theMomentOfTheReadingLiesBetweenStartAndEnd() throws Exception {
        long before = System.nanoTime();
        Exited exited = exited("/bin/sleep 0.2");
        long after = System.nanoTime();

        assertThat(exited.middleNanos() - before).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(100));
        assertThat(after - exited.middleNanos()).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(100));
    }

    @Test
    void startsAreCounted() throws Exception {
        exited("exit 0");
        exited("exit 1");

        assertThat(children.starts()).isEqualTo(2);
    }

    @Test
    void noChildIsAbandonedWhereAllHaveEnded() throws Exception {
        exited("exit 0");
        run("exec /bin/sleep 1000", SHORT);

        assertThat(children.abandoned()).isZero();
        assertThat(children.hasAbandoned(Owner.statistics("vm"))).isFalse();
    }

    @Test
    void startsKeepThePaceThatIsSet() throws Exception {
        Path script = script("exit 0");
        try (Children paced = new Children(System::nanoTime, 10)) {
            long begun = System.nanoTime();
            for (int i = 0; i < 5; i++) {
                paced.run(Command.statistics(script, "vm", 0), Owner.statistics("vm"), Allowance.of(LONG));
            }
            assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(400));
        }
    }

    // ---- much output

    @Test
    void aFloodOnStandardErrorIsDrainedAndOnlyItsBeginningKept() throws Exception {
        Exited exited = exited("echo first >&2; /bin/dd if=/dev/zero bs=65536 count=160 >&2; echo done");

        assertThat(exited.stdout()).asString(US_ASCII).isEqualTo("done\n");
        assertThat(exited.stderr()).hasSize(4096).startsWith("first\n\0\0".getBytes(US_ASCII));
    }

    @Test
    void bothStreamsMayBeLargeAtATime() throws Exception {
        Exited exited = exited("/bin/dd if=/dev/zero bs=65536 count=40 >&2 & "
                + "/bin/dd if=/dev/zero bs=4096 count=200 2>/dev/null; wait");

        assertThat(exited.stdout()).hasSize(4096 * 200);
        assertThat(exited.stderr()).hasSize(4096);
    }

    @Test
    void anOutputOfExactlyTheLimitIsReturned() throws Exception {
        Exited exited = exited("exec /bin/dd if=/dev/zero bs=65536 count=16 2>/dev/null");

        assertThat(exited.stdout()).hasSize(Children.MAX_OUTPUT_BYTES);
    }

    @Test
    void oneByteMoreThanTheLimitIsTooMuch() throws Exception {
        ChildResult result = run("/bin/dd if=/dev/zero bs=65536 count=16 2>/dev/null; echo", LONG);

        assertThat(result).isEqualTo(new TooMuchOutput(1 << 20));
    }

    @Test
    void aRunawayIsKilledLongBeforeItIsDone() throws Exception {
        ChildResult result =
                run("echo $$ >" + dir + "/pid; exec /bin/dd if=/dev/zero bs=1048576 count=100 2>/dev/null", LONG);

        assertThat(result).isEqualTo(new TooMuchOutput(Children.MAX_OUTPUT_BYTES));
        Scripts.awaitEnd(Scripts.pid(dir.resolve("pid")));
    }

    @Test
    void anEndlessOutputIsKilled() throws Exception {
        Allowance allowance = Allowance.of(LONG);
        ChildResult result = run("echo $$ >" + dir + "/pid; while :; do echo nonsense; done", allowance);

        assertThat(result).isEqualTo(new TooMuchOutput(Children.MAX_OUTPUT_BYTES));
        assertThat(allowance.leftNanos()).isPositive();
        Scripts.awaitEnd(Scripts.pid(dir.resolve("pid")));
    }

    @Test
    void anEndlessFloodOnStandardErrorMeetsTheDeadline() throws Exception {
        ChildResult result = run("echo $$ >" + dir + "/pid; exec /bin/dd if=/dev/zero bs=65536 >&2", SHORT);

        assertThat(result).isEqualTo(new TimedOut(false));
        Scripts.awaitEnd(Scripts.pid(dir.resolve("pid")));
    }

    // ---- a child that does not end

    @Test
    void aChildThatSleepsIsKilledAtItsDeadline() throws Exception {
        long begun = System.nanoTime();
        ChildResult result = run("echo $$ >" + dir + "/pid; exec /bin/sleep 1000", SHORT);
        long took = System.nanoTime() - begun;

        assertThat(result).isEqualTo(new TimedOut(false));
        assertThat(took).isBetween(SHORT.toNanos(), LONG.toNanos());
        Scripts.awaitEnd(Scripts.pid(dir.resolve("pid")));
    }

    @Test
    void aChildThatIgnoresEverySignalItMayIsKilled() throws Exception {
        ChildResult result =
                run("trap '' TERM INT HUP QUIT PIPE; echo $$ >" + dir + "/pid; while :; do :; done", SHORT);

        assertThat(result).isEqualTo(new TimedOut(false));
        Scripts.awaitEnd(Scripts.pid(dir.resolve("pid")));
    }

    @Test
    void aStoppedChildIsKilled() throws Exception {
        ChildResult result = run("echo $$ >" + dir + "/pid; kill -STOP $$; exec /bin/sleep 1000", SHORT);

        assertThat(result).isEqualTo(new TimedOut(false));
        Scripts.awaitEnd(Scripts.pid(dir.resolve("pid")));
    }

    @Test
    void whatAKilledChildStartedIsKilledToo() throws Exception {
        ChildResult result = run(
                "(echo $(exec /bin/sh -c 'echo $PPID') >" + dir + "/pid; exec /bin/sleep 1000) & wait",
                Duration.ofSeconds(2));

        assertThat(result).isEqualTo(new TimedOut(false));
        Scripts.awaitEnd(Scripts.pid(dir.resolve("pid")));
    }

    @Test
    void aGrandchildThatKeepsThePipeHoldsUpNobody() throws Exception {
        Path pid = dir.resolve("pid");
        try {
            long begun = System.nanoTime();
            Exited exited = exited("/bin/sleep 1000 & echo $! >" + pid + "; echo whole; exit 4");

            assertThat(System.nanoTime() - begun).isLessThan(LONG.toNanos());
            assertThat(exited.status()).isEqualTo(4);
            assertThat(exited.stdout()).asString(US_ASCII).isEqualTo("whole\n");
        } finally {
            ProcessHandle.of(Scripts.pid(pid)).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    @Test
    void anInterruptKillsTheChild() throws Exception {
        Path pid = dir.resolve("pid");
        Future<ChildResult> run = thread.submit(running("echo $$ >" + pid + "; exec /bin/sleep 1000"));
        long child = Scripts.pid(pid);
        assertThat(Scripts.isRunning(child)).isTrue();

        thread.shutdownNow();

        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> run.get(LONG.toSeconds(), TimeUnit.SECONDS))
                .withCauseInstanceOf(InterruptedException.class);
        Scripts.awaitEnd(child);
    }

    @Test
    void closingKillsTheChildThatRuns() throws Exception {
        Path pid = dir.resolve("pid");
        Future<ChildResult> run = thread.submit(running("echo $$ >" + pid + "; exec /bin/sleep 1000"));
        long child = Scripts.pid(pid);

        children.close();

        Scripts.awaitEnd(child);
        ChildResult result = run.get(LONG.toSeconds(), TimeUnit.SECONDS);
        assertThat(result)
                .isInstanceOfSatisfying(
                        Exited.class, e -> assertThat(e.status()).isEqualTo(137));
    }

    @Test
    void afterClosingNothingIsStarted() {
        children.close();

        assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> exited("echo >" + dir + "/ran"));
        assertThat(dir.resolve("ran")).doesNotExist();
        assertThat(children.starts()).isZero();
    }

    @Test
    void aChildThatStartsWhileItsRunnerClosesIsKilled() throws Exception {
        // The second look at the clock is after the runner found itself open, and before it starts the child.
        AtomicInteger looks = new AtomicInteger();
        List<Children> closing = new ArrayList<>();
        Children runner = new Children(
                () -> {
                    if (looks.incrementAndGet() == 2) {
                        closing.forEach(Children::close);
                    }
                    return System.nanoTime();
                },
                100_000);
        closing.add(runner);

        ChildResult result = runner.run(
                Command.statistics(script("exec /bin/sleep 1000"), "vm", 0),
                Owner.statistics("vm"),
                Allowance.of(Duration.ofHours(1)));

        assertThat(result)
                .isInstanceOfSatisfying(
                        Exited.class, e -> assertThat(e.status()).isEqualTo(137));
    }

    // ---- a child that cannot be started

    @Test
    void aProgramThatIsNotThereIsNotStarted() throws Exception {
        ChildResult result = children.run(
                Command.statistics(dir.resolve("absent"), "vm", 0), Owner.statistics("vm"), Allowance.of(LONG));

        assertThat(result)
                .isInstanceOfSatisfying(
                        NotStarted.class, n -> assertThat(n.reason()).contains("absent", "No such file"));
        assertThat(children.starts()).isZero();
    }

    @Test
    void aFileThatIsNotExecutableIsNotStarted() throws Exception {
        Path file = Files.writeString(dir.resolve("plain"), "#!/bin/sh\n");

        ChildResult result =
                children.run(Command.statistics(file, "vm", 0), Owner.statistics("vm"), Allowance.of(LONG));

        assertThat(result)
                .isInstanceOfSatisfying(
                        NotStarted.class, n -> assertThat(n.reason()).contains("plain", "Permission denied"));
    }

    @Test
    void aDirectoryIsNotStarted() throws Exception {
        ChildResult result = children.run(Command.statistics(dir, "vm", 0), Owner.statistics("vm"), Allowance.of(LONG));

        assertThat(result).isInstanceOf(NotStarted.class);
    }

    @Test
    void aNameThatNoProgramCanBeGivenIsNotStarted() throws Exception {
        ChildResult result = children.run(
                Command.statistics(script("exit 0"), "a\0--destroy", 0), Owner.statistics("vm"), Allowance.of(LONG));

        assertThat(result).isInstanceOf(NotStarted.class);
    }

    // ---- over many runs

    @Test
    void theAllowanceIsUsedUpByAllRunsTogether() throws Exception {
        Allowance allowance = Allowance.of(Duration.ofSeconds(20));

        run("/bin/sleep 0.3", allowance);
        long afterOne = allowance.leftNanos();
        run("/bin/sleep 0.3", allowance);
        long afterTwo = allowance.leftNanos();

        assertThat(afterOne).isBetween(1L, Duration.ofMillis(19_700).toNanos());
        assertThat(afterOne - afterTwo)
                .isGreaterThanOrEqualTo(Duration.ofMillis(300).toNanos());
    }

    @Test
    void whatIsLeftOfTheAllowanceIsTheDeadlineOfTheNextRun() throws Exception {
        Allowance allowance = Allowance.of(Duration.ofSeconds(30));
        allowance.use(Duration.ofMillis(29_800).toNanos());
        long begun = System.nanoTime();

        ChildResult result = run("exec /bin/sleep 1000", allowance);

        assertThat(result).isEqualTo(new TimedOut(false));
        assertThat(System.nanoTime() - begun).isLessThan(Duration.ofSeconds(20).toNanos());
        assertThat(allowance.leftNanos()).isNotPositive();
    }

    @Test
    void anAllowanceThatIsUsedUpEndsARunAtOnce() throws Exception {
        ChildResult result = run("exec /bin/sleep 1000", Duration.ofSeconds(-5));

        assertThat(result).isEqualTo(new TimedOut(false));
    }

    @Test
    void threeHundredRunsLoseNoOutputAndNoDescriptor() throws Exception {
        Path script = script("printf '%03000d' 7; printf '%0500d' 8 >&2");
        run(script, Allowance.of(LONG));
        long before = descriptors();
        for (int i = 0; i < 300; i++) {
            Exited exited = (Exited) run(script, Allowance.of(LONG));
            assertThat(exited.stdout()).hasSize(3000);
            assertThat(exited.stderr()).hasSize(500);
        }
        Scripts.await("descriptors as before", () -> descriptors() <= before + 5);
    }

    @Test
    void killedAndFailedRunsLoseNoDescriptorEither() throws Exception {
        Path flood = script("exec /bin/dd if=/dev/zero bs=65536 count=100 2>/dev/null");
        run(flood, Allowance.of(LONG));
        long before = descriptors();
        for (int i = 0; i < 20; i++) {
            assertThat(run(flood, Allowance.of(LONG))).isInstanceOf(TooMuchOutput.class);
            assertThat(run("exec /bin/sleep 1000", Duration.ofMillis(1))).isEqualTo(new TimedOut(false));
            assertThat(run(dir.resolve("absent"), Allowance.of(LONG))).isInstanceOf(NotStarted.class);
        }
        Scripts.await("descriptors as before", () -> descriptors() <= before + 5);
    }

    @Test
    void severalThreadsRunTheirOwnChildrenAtATime() throws Exception {
        Path script = script("printf '%0100d' \"${2#--cpu=}\"");
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            for (Future<Boolean> f : threads.invokeAll(Stream.iterate(0, i -> i + 1)
                    .limit(80)
                    .map(i -> isEcho(script, i))
                    .toList())) {
                assertThat(f.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private Callable<Boolean> isEcho(Path script, int id) {
        return () -> {
            ChildResult result =
                    children.run(Command.statistics(script, "vm", id), Owner.statistics("vm" + id), Allowance.of(LONG));
            return result instanceof Exited e && new String(e.stdout(), US_ASCII).equals(String.format("%0100d", id));
        };
    }

    // ---- messages

    @Test
    void theFirstLineOfATextIsPrintableAndShort() {
        assertThat(Children.firstLine("\n  one\ttwo\0three\u00e9\nnext\n".getBytes(ISO_8859_1)))
                .isEqualTo("one?two?three?");
        assertThat(Children.firstLine("x".repeat(161).getBytes(US_ASCII))).isEqualTo("x".repeat(160) + "...");
        assertThat(Children.firstLine("x".repeat(160).getBytes(US_ASCII))).isEqualTo("x".repeat(160));
        assertThat(Children.firstLine(new byte[0])).isEmpty();
    }

    private Path script(String body) {
        return Scripts.write(dir.resolve("script" + Integer.toHexString(body.hashCode())), body + "\n");
    }

    private Callable<ChildResult> running(String body) {
        Path script = script(body);
        return () -> run(script, Allowance.of(LONG));
    }

    private Exited exited(String body) throws InterruptedException {
        ChildResult result = run(body, LONG);
        assertThat(result).isInstanceOf(Exited.class);
        return (Exited) result;
    }

    private ChildResult run(String body, Duration time) throws InterruptedException {
        return run(body, Allowance.of(time));
    }

    private ChildResult run(String body, Allowance allowance) throws InterruptedException {
        return run(script(body), allowance);
    }

    private ChildResult run(Path program, Allowance allowance) throws InterruptedException {
        return children.run(Command.statistics(program, "vm", 0), Owner.statistics("vm"), allowance);
    }

    /** Open descriptors of this JVM; skips the test where only Linux would tell. */
    private static long descriptors() {
        Path fds = Path.of("/proc/self/fd");
        Assumptions.assumeTrue(Files.isDirectory(fds), "no /proc/self/fd here");
        try (Stream<Path> open = Files.list(fds)) {
            return open.count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
