package org.bhyvescope.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class FailureLogTest {
    private static final String DENIED = "WARN VM \"web\" cannot be read (denied): no right";

    private final LogCapture log = new LogCapture(FailureLog.class);
    private final FakeListener listener = new FakeListener();
    private final FailureLog failures = new FailureLog("VM", listener);

    @AfterEach
    void release() {
        log.close();
    }

    private void fail(String vm, Cause cause, int times) {
        for (int i = 0; i < times; i++) {
            failures.failed(vm, new Failure(cause, "no right"));
        }
    }

    @Test
    void theSameFailureIsLoggedOnceAndThenCounted() {
        fail("web", Cause.DENIED, 100);

        assertThat(log.lines()).containsExactly(DENIED);
        assertThat(listener.suppressed).hasValue(99);
    }

    @Test
    void anotherCauseIsLoggedAgain() {
        fail("web", Cause.DENIED, 2);
        fail("web", Cause.TIMEOUT, 2);

        assertThat(log.lines()).containsExactly(DENIED, "WARN VM \"web\" cannot be read (timeout): no right");
        assertThat(listener.suppressed).hasValue(2);
    }

    @Test
    void eachVmHasItsOwnFailures() {
        fail("web", Cause.DENIED, 2);
        fail("db", Cause.DENIED, 2);

        assertThat(log.lines()).containsExactly(DENIED, "WARN VM \"db\" cannot be read (denied): no right");
        assertThat(listener.suppressed).hasValue(2);
    }

    @ParameterizedTest
    @CsvSource({"GONE,gone", "REPLACED,replaced"})
    void aVmThatIsBeingDestroyedIsNoNewsUntilItFailsThreeTimes(Cause cause, String label) {
        fail("web", cause, 2);
        assertThat(log.lines()).isEmpty();
        assertThat(listener.suppressed).hasValue(0);

        fail("web", cause, 1);
        assertThat(log.lines()).containsExactly("WARN VM \"web\" cannot be read (" + label + "): no right");

        fail("web", cause, 4);
        assertThat(listener.suppressed).hasValue(4);
    }

    @ParameterizedTest
    @EnumSource(
            value = Cause.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"GONE", "REPLACED"})
    void everyOtherFailureIsLoggedAtOnce(Cause cause) {
        fail("web", cause, 1);

        assertThat(log.lines()).containsExactly("WARN VM \"web\" cannot be read (" + cause.label() + "): no right");
    }

    @Test
    void recoveryIsLoggedOnceWithTheNumberOfFailures() {
        fail("web", Cause.DENIED, 7);
        failures.succeeded("web");
        failures.succeeded("web");

        assertThat(log.lines()).containsExactly(DENIED, "INFO VM \"web\" can be read again after 7 failures");
    }

    @Test
    void afterARecoveryTheSameFailureIsNewsAgain() {
        fail("web", Cause.DENIED, 3);
        failures.succeeded("web");
        fail("web", Cause.DENIED, 3);

        assertThat(log.lines("cannot be read")).containsExactly(DENIED, DENIED);
    }

    @Test
    void theEndOfFailuresThatWereNeverLoggedIsNotLogged() {
        fail("web", Cause.GONE, 2);
        failures.succeeded("web");

        assertThat(log.lines()).isEmpty();
    }

    @Test
    void patienceBeginsAnewAfterASuccess() {
        fail("web", Cause.GONE, 2);
        failures.succeeded("web");
        fail("web", Cause.GONE, 2);

        assertThat(log.lines()).isEmpty();
    }

    @Test
    void aForgottenVmStartsOver() {
        fail("web", Cause.DENIED, 3);
        failures.forget("web");
        failures.succeeded("web");
        fail("web", Cause.DENIED, 1);

        assertThat(log.lines()).as("no recovery between them").containsExactly(DENIED, DENIED);
    }

    @ParameterizedTest
    @CsvSource({"web,\"web\"", "we b,\"we b\"", "schön,\"schön\""})
    void anOrdinaryNameIsOnlyQuoted(String name, String quoted) {
        assertThat(FailureLog.quote(name)).isEqualTo(quoted);
    }

    @Test
    void aNameCannotForgeALogLine() {
        assertThat(FailureLog.quote("a\nWARN \"b\"\r\u001b[31m\\\u0000\u007f"))
                .isEqualTo("\"a?WARN ?b??" + "?[31m???\"");
    }

    @Test
    void unicodeLineBreaksAndDirectionMarksAreReplacedToo() {
        assertThat(FailureLog.quote("a\u0085b\u2028c\u2029d\u202ee")).isEqualTo("\"a?b?c?d?e\"");
    }
}
