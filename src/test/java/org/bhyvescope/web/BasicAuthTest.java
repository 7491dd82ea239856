package org.bhyvescope.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.bhyvescope.web.BasicAuth.Verdict;
import org.bhyvescope.web.config.Bcrypt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BasicAuthTest {
    /** Of "secret", cost 4. */
    private static final String HASH = "$2y$04$GKcVZHEpyyLoheYGrCG.B.kX.8plKcM9rai.ncR5TTSm4TT85k60S";

    private final AtomicInteger checks = new AtomicInteger();
    private final List<String> hashes = new ArrayList<>();

    private BasicAuth auth() {
        return new BasicAuth(
                Map.of("alice", HASH),
                (password, hash) -> {
                    checks.incrementAndGet();
                    hashes.add(hash);
                    return Bcrypt.matches(password, hash);
                },
                () -> 0);
    }

    private static String basic(String userAndPassword) {
        return "Basic " + Base64.getEncoder().encodeToString(userAndPassword.getBytes(UTF_8));
    }

    private static InetAddress address(int last) throws Exception {
        return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
    }

    @Test
    void aRightPasswordIsCheckedOnceAndRememberedUnderItsUserOnly() throws Exception {
        BasicAuth auth = auth();
        assertThat(auth.judge(basic("alice:secret"), address(1))).isEqualTo(Verdict.ALLOWED);
        assertThat(auth.judge(basic("alice:secret"), address(2))).isEqualTo(Verdict.ALLOWED);
        assertThat(auth.judge("basic  " + basic("alice:secret").substring(6), address(2)))
                .isEqualTo(Verdict.ALLOWED);
        assertThat(checks).hasValue(1);
        assertThat(auth.judge(basic("bob:secret"), address(1))).isEqualTo(Verdict.REFUSED);
        assertThat(checks).hasValue(2);
    }

    @Test
    void aWrongPasswordIsCheckedEachTime() throws Exception {
        BasicAuth auth = auth();
        assertThat(auth.judge(basic("alice:Secret"), address(1))).isEqualTo(Verdict.REFUSED);
        assertThat(auth.judge(basic("alice:Secret"), address(1))).isEqualTo(Verdict.REFUSED);
        assertThat(auth.judge(basic("alice:"), address(1))).isEqualTo(Verdict.REFUSED);
        assertThat(checks).hasValue(3);
    }

    @Test
    void aUserThatIsNotKnownCostsACheckOfTheSameCost() throws Exception {
        BasicAuth auth = auth();
        assertThat(auth.judge(basic("mallory:secret"), address(1))).isEqualTo(Verdict.REFUSED);
        assertThat(checks).hasValue(1);
        assertThat(hashes.get(0)).startsWith("$2y$04$").isNotEqualTo(HASH);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "Basic", "Basic ", "Basic !!!", "Basic YWxpY2U=", "Bearer YTpi", "Digest username=a"})
    void whatIsNoUserAndPasswordCostsNothing(String header) throws Exception {
        assertThat(auth().judge(header, address(1))).isEqualTo(Verdict.REFUSED);
        assertThat(checks).hasValue(0);
    }

    @Test
    void thePasswordBeginsAfterTheFirstColon() {
        Credentials given = Credentials.parse(basic("ü:a:b")).orElseThrow();
        assertThat(given.user()).isEqualTo("ü");
        assertThat(new String(given.password(), UTF_8)).isEqualTo("a:b");
        assertThat(given.toString()).doesNotContain("a:b");
    }

    @Test
    void afterAWrongPasswordThereIsAPauseOfFourTimesItsCheck() throws Exception {
        AtomicLong now = new AtomicLong();
        long checkTakes = TimeUnit.MILLISECONDS.toNanos(50);
        long real = System.nanoTime();
        BasicAuth auth = new BasicAuth(
                Map.of("alice", HASH),
                (password, hash) -> {
                    now.addAndGet(checkTakes);
                    return false;
                },
                now::get);
        assertThat(auth.judge(basic("alice:a"), address(1))).isEqualTo(Verdict.REFUSED);
        assertThat(auth.judge(basic("alice:b"), address(1))).isEqualTo(Verdict.REFUSED);
        assertThat(System.nanoTime() - real).isGreaterThanOrEqualTo(4 * checkTakes);
    }

    /** Threads that bring wrong passwords, of which one is being checked for as long as the test wants. */
    private static final class Siege implements AutoCloseable {
        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch release = new CountDownLatch(1);
        private final List<Thread> made = new CopyOnWriteArrayList<>();
        final ExecutorService threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task);
            made.add(thread);
            return thread;
        });

        /** Until so many threads wait for a check, or in one. */
        void awaitWaiting(int number) throws InterruptedException {
            while (made.stream()
                            .filter(t -> t.getState() == Thread.State.TIMED_WAITING)
                            .count()
                    < number) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
        }

        boolean check(byte[] password) {
            if (!new String(password, UTF_8).equals("wrong")) {
                return new String(password, UTF_8).equals("secret");
            }
            entered.countDown();
            try {
                return !release.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        Future<Verdict> bring(Callable<Verdict> judge) {
            return threads.submit(judge);
        }

        @Override
        public void close() {
            release.countDown();
            threads.shutdownNow();
        }
    }

    @Test
    void whatWasRightOnceIsNotDelayedByWrongPasswords() throws Exception {
        try (Siege siege = new Siege()) {
            BasicAuth auth = new BasicAuth(Map.of("alice", HASH), (password, hash) -> siege.check(password), () -> 0);
            assertThat(auth.judge(basic("alice:secret"), address(1))).isEqualTo(Verdict.ALLOWED);
            Future<Verdict> wrong = siege.bring(() -> auth.judge(basic("alice:wrong"), address(1)));
            assertThat(siege.entered.await(30, TimeUnit.SECONDS)).isTrue();
            // A check is under way and stays so: whoever waited for it would not come back.
            assertThat(auth.judge(basic("alice:secret"), address(1))).isEqualTo(Verdict.ALLOWED);
            assertThat(wrong).isNotDone();
        }
    }

    @Test
    void ofOneAddressFourWaitAndTheRestIsTurnedAwayWhileAnotherAddressIsServedInTurn() throws Exception {
        try (Siege siege = new Siege()) {
            BasicAuth auth = new BasicAuth(Map.of("alice", HASH), (password, hash) -> siege.check(password), () -> 0);
            List<Future<Verdict>> attackers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                attackers.add(siege.bring(() -> auth.judge(basic("alice:wrong"), address(1))));
            }
            assertThat(siege.entered.await(30, TimeUnit.SECONDS)).isTrue();
            siege.awaitWaiting(4);
            assertThat(auth.judge(basic("alice:wrong"), address(1))).isEqualTo(Verdict.BUSY);
            Future<Verdict> scraper = siege.bring(() -> auth.judge(basic("alice:secret"), address(2)));
            siege.release.countDown();
            assertThat(scraper.get(30, TimeUnit.SECONDS)).isEqualTo(Verdict.ALLOWED);
            for (Future<Verdict> attacker : attackers) {
                assertThat(attacker.get(30, TimeUnit.SECONDS)).isEqualTo(Verdict.REFUSED);
            }
        }
    }

    @Test
    void anIpv6NetworkCountsAsOneAddressAndRoomComesBack() throws Exception {
        Waiting waiting = new Waiting();
        for (int i = 0; i < 4; i++) {
            assertThat(waiting.enter(InetAddress.getByName("2001:db8::" + i))).isTrue();
        }
        assertThat(waiting.enter(InetAddress.getByName("2001:db8::ffff"))).isFalse();
        assertThat(waiting.enter(InetAddress.getByName("2001:db8:0:1::"))).isTrue();
        waiting.leave(InetAddress.getByName("2001:db8::1"));
        assertThat(waiting.enter(InetAddress.getByName("2001:db8::ffff"))).isTrue();
    }

    @Test
    void addressesTogetherAreBounded() throws Exception {
        Waiting waiting = new Waiting();
        int in = 0;
        for (int i = 0; i < 100; i++) {
            in += waiting.enter(address(i)) ? 1 : 0;
        }
        assertThat(in).isEqualTo(32);
    }

    @Test
    void whatIsRememberedIsBoundedAndTheOldestGoes() {
        Verified verified = new Verified();
        List<byte[]> digests = new ArrayList<>();
        for (int i = 0; i < 65; i++) {
            digests.add(verified.digest(new Credentials("user", new byte[] {(byte) i})));
            verified.add(digests.get(i));
        }
        assertThat(verified.contains(digests.get(0))).isFalse();
        assertThat(digests.subList(1, 65)).allMatch(verified::contains);
        assertThat(new Verified().digest(new Credentials("user", new byte[] {1})))
                .as("salted")
                .isNotEqualTo(digests.get(1));
        assertThat(verified.digest(new Credentials("ab", "c".getBytes(UTF_8))))
                .isNotEqualTo(verified.digest(new Credentials("a", "bc".getBytes(UTF_8))));
    }
}
