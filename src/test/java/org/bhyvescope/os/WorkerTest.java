package org.bhyvescope.os;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.bhyvescope.os.WorkerResult.Answered;
import org.bhyvescope.os.WorkerResult.Ended;
import org.bhyvescope.os.WorkerResult.Garbled;
import org.bhyvescope.os.WorkerResult.NotStarted;
import org.bhyvescope.os.WorkerResult.TimedOut;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real processes, /bin/sh in place of a JVM. */
@Timeout(120)
class WorkerTest {
    private static final Owner VM = Owner.state("vm");
    private static final Duration SHORT = Duration.ofMillis(300);

    /** Answers each request with what was asked, until its input ends; then says so. */
    private static final String ECHO = """
            while n=$(head -c 4 | od -An -tu1) && [ -n "$n" ]; do
                set -- $n
                printf "\\\\$(printf %%o $1)\\\\$(printf %%o $2)\\\\$(printf %%o $3)\\\\$(printf %%o $4)"
                head -c $(($3 * 256 + $4))
            done
            """.replace("%%", "%");

    @TempDir
    Path dir = Path.of("");

    private final Children children = Scripts.quickChildren();
    private final ExecutorService thread = Executors.newSingleThreadExecutor();

    @AfterEach
    void killAll() {
        children.close();
        thread.shutdownNow();
    }

    private Command command(String body) {
        Path script = Scripts.write(dir.resolve("script"), "echo $$ >" + dir + "/pid\n" + body);
        return Command.reader(new ReaderJvm(script, "x.jar", List.of(), Optional.empty()), Path.of("/dev/vmm"));
    }

    /** What the child does after it has read one request of {@link #ask}. */
    private Worker asked(String body) {
        return worker("head -c 12 >/dev/null\n" + body);
    }

    private Worker worker(String body) {
        return children.worker(command(body));
    }

    private static WorkerResult ask(Worker worker, Duration time) throws InterruptedException {
        return worker.ask("question".getBytes(US_ASCII), VM, Allowance.of(time));
    }

    private static WorkerResult ask(Worker worker) throws InterruptedException {
        return ask(worker, Scripts.PATIENCE);
    }

    private long pid() {
        return Scripts.pid(dir.resolve("pid"));
    }

    // ---- answers

    @Test
    void oneProcessAnswersOneRequestAfterTheOther() throws Exception {
        Worker worker = worker(ECHO);
        byte[] binary = "\0\n\u00ff\r?".getBytes(ISO_8859_1);

        for (int i = 0; i < 20; i++) {
            assertThat(ask(worker))
                    .isInstanceOfSatisfying(
                            Answered.class,
                            a -> assertThat(a.bytes()).asString(US_ASCII).isEqualTo("question"));
        }
        assertThat(worker.ask(binary, VM, Allowance.of(Scripts.PATIENCE)))
                .isInstanceOfSatisfying(
                        Answered.class, a -> assertThat(a.bytes()).isEqualTo(binary));
        assertThat(worker.ask(new byte[0], VM, Allowance.of(Scripts.PATIENCE)))
                .isInstanceOfSatisfying(
                        Answered.class, a -> assertThat(a.bytes()).isEmpty());
        assertThat(children.starts()).isEqualTo(1);
        assertThat(worker.isUsable()).isTrue();
    }

    @Test
    void aRequestOfTheLargestSizeArrivesWhole() throws Exception {
        byte[] request = new byte[Worker.MAX_REQUEST_BYTES];
        request[request.length - 1] = 7;
        Worker worker = worker(ECHO);

        assertThat(worker.ask(request, VM, Allowance.of(Scripts.PATIENCE)))
                .isInstanceOfSatisfying(
                        Answered.class, a -> assertThat(a.bytes()).isEqualTo(request));
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> worker.ask(new byte[request.length + 1], VM, Allowance.of(Scripts.PATIENCE)));
    }

    @Test
    void aRequestThatNobodyReadsDoesNotBlock() throws Exception {
        Worker worker = worker("exec /bin/sleep 1000");

        assertThat(worker.ask(new byte[Worker.MAX_REQUEST_BYTES], VM, Allowance.of(SHORT)))
                .isEqualTo(new TimedOut(false));
    }

    @Test
    void theLargestAnswerComesWhole() throws Exception {
        Worker worker = asked("printf '\\000\\020\\000\\000'; /bin/dd if=/dev/zero bs=65536 count=16 2>/dev/null; cat");

        assertThat(ask(worker))
                .isInstanceOfSatisfying(
                        Answered.class, a -> assertThat(a.bytes()).hasSize(Worker.MAX_ANSWER_BYTES));
    }

    @Test
    void theMomentOfTheAnswerIsBetweenAskingAndReturning() throws Exception {
        Worker worker = worker(ECHO);
        ask(worker);
        long before = System.nanoTime();
        Answered answered = (Answered) ask(worker);
        long after = System.nanoTime();

        assertThat(answered.nanos() - before).isPositive();
        assertThat(after - answered.nanos()).isNotNegative();
    }

    @Test
    void whatTheChildSaysOnStandardErrorIsDrained() throws Exception {
        Worker worker = worker("/bin/dd if=/dev/zero bs=65536 count=160 >&2\n" + ECHO);

        assertThat(ask(worker)).isInstanceOf(Answered.class);
        assertThat(ask(worker)).isInstanceOf(Answered.class);
    }

    @Test
    void anAnswerIsDeductedFromTheAllowance() throws Exception {
        Allowance allowance = Allowance.of(Scripts.PATIENCE);
        worker("sleep 0.2\n" + ECHO).ask(new byte[1], VM, allowance);

        assertThat(Scripts.PATIENCE.toNanos() - allowance.leftNanos()).isGreaterThan(200_000_000);
        assertThat(allowance.childNanos(System.nanoTime())).isZero();
    }

    @Test
    void theChildsEnvironmentIsALocaleWithUtf8AndNothingElse() throws Exception {
        ask(worker("/usr/bin/env >" + dir + "/env\n" + ECHO));

        assertThat(Files.readAllLines(dir.resolve("env")))
                .filteredOn(line -> !line.matches("(PWD|OLDPWD|SHLVL|_)=.*"))
                .containsExactly("LC_ALL=C.UTF-8");
    }

    // ---- none

    @Test
    void aChildThatDoesNotAnswerIsKilledAtItsDeadline() throws Exception {
        Worker worker = worker("trap '' TERM INT HUP; while :; do :; done");
        long begun = System.nanoTime();

        assertThat(ask(worker, SHORT)).isEqualTo(new TimedOut(false));
        assertThat(System.nanoTime() - begun).isBetween(SHORT.toNanos(), Scripts.PATIENCE.toNanos());
        Scripts.awaitEnd(pid());
        assertThat(worker.isUsable()).isFalse();
        assertThat(ask(worker)).isEqualTo(new NotStarted("it is over"));
        assertThat(children.abandoned()).isZero();
    }

    @Test
    void halfAnAnswerIsNone() throws Exception {
        assertThat(ask(asked("printf '\\000\\000\\000\\012half'; exec /bin/sleep 1000"), SHORT))
                .isEqualTo(new TimedOut(false));
    }

    @Test
    void aChildThatOutlivesSigkillIsAbandonedLikeAnyOther() throws Exception {
        Unkillable process = new Unkillable();
        Children runner = new Children(System::nanoTime, 1000, command -> process);
        Worker worker = runner.worker(command(""));

        assertThat(ask(worker, Duration.ofMillis(30))).isEqualTo(new TimedOut(true));
        assertThat(process.kills).isPositive();
        assertThat(runner.abandoned()).isEqualTo(1);
        assertThat(runner.hasAbandoned(VM)).isTrue();
        assertThat(runner.hasAbandoned(Owner.statistics("vm"))).isFalse();
        assertThat(worker.isUsable()).isFalse();
        process.gone = true;
        assertThat(runner.abandoned()).isZero();
    }

    @Test
    void aUsedUpAllowanceAsksNothing() throws Exception {
        Worker worker = worker(ECHO);

        assertThat(ask(worker, Duration.ZERO)).isEqualTo(new TimedOut(false));
        assertThat(children.starts()).isZero();
        assertThat(worker.isUsable()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "'exit 3', 3, ''",
        "'echo >&2; echo \"# #\" >&2; echo \"# what happened\" >&2; exit 1', 1, '# what happened'",
        "'kill -SEGV $$; sleep 1000', 139, ''",
        "'exec <&-; sleep 0.1; echo no input >&2', 0, 'no input'",
        "'printf \"\\000\\000\\000\\010 \"; exit 4', 4, ''",
        "'printf \"#\\n# A fatal error\\n#\"; sleep 0.3; kill -ABRT $$; sleep 1000', 134, '# A fatal error'",
        "'echo out; echo err >&2; exit 1', 1, err"
    })
    void aChildThatEndsInsteadSaysWhy(String body, int status, String said) throws Exception {
        Worker worker = asked(body);

        assertThat(ask(worker)).isEqualTo(new Ended(status, said));
        assertThat(worker.isUsable()).isFalse();
    }

    @Test
    void aChildThatIsKilledBetweenTwoRequestsIsNotUsable() throws Exception {
        Worker worker = worker(ECHO);
        ask(worker);
        ProcessHandle.of(pid()).orElseThrow().destroyForcibly();
        Scripts.await("noticed", () -> !worker.isUsable());

        assertThat(ask(worker)).isEqualTo(new Ended(137, ""));
    }

    @ParameterizedTest
    @CsvSource({
        "'echo Segmentation fault; cat', what it wrote is no answer: Segmentation fault",
        "'printf \"\\377\\377\\377\\377\"; cat', what it wrote is no answer: ????",
        "'printf \"\\000\\020\\000\\001\"; cat', what it wrote is no answer: ????",
        "'printf \"\\000\\000\\000\\002okay\"; cat', it wrote more than an answer of 2 bytes"
    })
    void garbageIsNoAnswerAndItsWriterIsKilled(String body, String detail) throws Exception {
        Worker worker = asked(body);

        assertThat(ask(worker))
                .isInstanceOfSatisfying(
                        Garbled.class, g -> assertThat(g.detail()).isEqualTo(detail));
        Scripts.awaitEnd(pid());
        assertThat(worker.isUsable()).isFalse();
    }

    @Test
    void whatIsWrittenUnaskedIsNoAnswer() throws Exception {
        Worker worker =
                asked("printf '\\000\\000\\000\\000'; sleep 0.3; printf '\\000\\000\\000\\000'; exec /bin/sleep 9");
        assertThat(ask(worker)).isInstanceOf(Answered.class);
        Thread.sleep(1000);

        assertThat(ask(worker))
                .isInstanceOfSatisfying(
                        Garbled.class, g -> assertThat(g.detail()).startsWith("it wrote without being asked: ????"));
    }

    @Test
    void anEndlessFloodMeetsAnEnd() throws Exception {
        assertThat(ask(worker("exec /bin/dd if=/dev/zero bs=65536"))).isInstanceOf(Garbled.class);
        assertThat(ask(worker("exec /bin/dd if=/dev/zero bs=65536 >&2"), SHORT)).isEqualTo(new TimedOut(false));
    }

    @Test
    void aProgramThatIsNotThereIsNotStarted() throws Exception {
        Worker worker = children.worker(Command.reader(
                new ReaderJvm(dir.resolve("none"), "x.jar", List.of(), Optional.empty()), Path.of("/dev/vmm")));

        assertThat(ask(worker))
                .isInstanceOfSatisfying(
                        NotStarted.class, n -> assertThat(n.reason()).contains("No such file"));
        assertThat(worker.isUsable()).isFalse();
    }

    // ---- stopping

    @Test
    void anInterruptKillsTheChild() throws Exception {
        Worker worker = worker("exec /bin/sleep 1000");
        Future<WorkerResult> asked = thread.submit(() -> ask(worker));
        long child = pid();

        thread.shutdownNow();

        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> asked.get(30, TimeUnit.SECONDS))
                .withCauseInstanceOf(InterruptedException.class);
        Scripts.awaitEnd(child);
        assertThat(worker.isUsable()).isFalse();
    }

    @Test
    void closingKillsTheChildIdleOrNot() throws Exception {
        Worker idle = worker(ECHO);
        ask(idle);
        long first = pid();
        idle.close();
        Scripts.awaitEnd(first);

        Files.delete(dir.resolve("pid"));
        Worker waiting = worker("exec /bin/sleep 1000");
        Future<WorkerResult> answer = thread.submit(() -> ask(waiting));
        long second = pid();
        waiting.close();
        Scripts.awaitEnd(second);
        assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo(new Ended(137, ""));
    }

    @Test
    void closingTheRunnerKillsAnIdleChild() throws Exception {
        Worker worker = worker(ECHO);
        ask(worker);
        long child = pid();

        children.close();

        Scripts.awaitEnd(child);
        assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> ask(worker(ECHO)));
    }

    @Test
    void aWorkerThatIsClosedBeforeItIsAskedStartsNothing() throws Exception {
        Worker worker = worker(ECHO);
        worker.close();

        assertThat(ask(worker)).isEqualTo(new NotStarted("it is over"));
        assertThat(children.starts()).isZero();
    }
}
