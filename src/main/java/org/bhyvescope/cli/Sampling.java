package org.bhyvescope.cli;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.bhyvescope.capture.LastStates;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.host.Sysctl;
import org.bhyvescope.hypervisor.Hypervisor;
import org.bhyvescope.hypervisor.recording.History;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Tools;
import org.bhyvescope.os.Tools.Tool;
import org.bhyvescope.sampling.HostSchedule;
import org.bhyvescope.sampling.Interval;
import org.bhyvescope.sampling.Ledger;
import org.bhyvescope.sampling.SamplingListener;
import org.bhyvescope.sampling.Scheduler;
import org.bhyvescope.sampling.StateInterval;
import org.bhyvescope.sampling.StateSchedule;

/** All that is read of a host and its VMs, put together: sources, schedules, the ledger that they write. */
final class Sampling implements AutoCloseable {
    static final LongSupplier NANO_CLOCK = System::nanoTime;

    private final Children children = new Children(NANO_CLOCK);
    private final Tools tools;
    private final HostFacts host;
    private final Sources sources;
    private final Ledger ledger;
    private final History history;
    private final LastStates lastStates = new LastStates();
    private final Interval interval;
    private final StateInterval stateInterval;
    private final Scheduler scheduler;
    private final StateSchedule states;
    private final Optional<HostSchedule> machine;

    /** Makes the listener when it is known what there is to listen to. */
    interface Listening {
        SamplingListener to(Children children, HostFacts host, Sources sources, Ledger ledger);
    }

    /**
     * Puts it together; reads sysctls, but no VM yet.
     *
     * @param simulated a host in place of this one
     * @throws InterruptedException if the program is to end
     */
    Sampling(AgentConfig config, Optional<Simulated> simulated, Listening listening) throws InterruptedException {
        this.tools = simulated.map(Simulated::tools).orElseGet(Tools::ofThisHost);
        this.host = simulated.isPresent() ? simulated.get().facts() : host(config, children);
        this.sources = Sources.of(config, children, host);
        this.ledger = new Ledger(StatisticsTable.load(), host);
        this.history = new History(config.historyBytes());
        ledger.tell(new HistoryKeeper(history));
        SamplingListener listener = listening.to(children, host, sources, ledger);
        Hypervisor hypervisor = sources.hypervisor();
        this.interval = new Interval(config.interval(), hypervisor::readsPerSecond, sources.readingLocks());
        this.stateInterval = new StateInterval(config.stateInterval(), sources.readingLocks());
        this.scheduler = new Scheduler(hypervisor, ledger, interval, config.readTimeout(), listener, NANO_CLOCK);
        this.states = new StateSchedule(
                sources.states(),
                ledger,
                new StateSchedule.Settings(stateInterval, interval, config.readTimeout(), host.release()),
                listener,
                lastStates::keep,
                NANO_CLOCK);
        this.machine = simulated.isEmpty() && !HostParts.canBe(tools)
                ? Optional.empty()
                : Optional.of(new HostSchedule(
                        (simulated.isPresent()
                                        ? simulated.get().sources().apply(children)
                                        : HostParts.of(tools, children))
                                .only(config.wanted()),
                        ledger,
                        InstantSource.system(),
                        NANO_CLOCK));
    }

    /** The host's units: flags first, then sysctl. */
    static HostFacts host(AgentConfig config, Children children) throws InterruptedException {
        HostFacts given = new HostFacts(config.tscHz(), config.hz(), OptionalLong.empty());
        return given.orElse(new Sysctl(Tools.ofThisHost().path(Tool.SYSCTL), children).facts());
    }

    /** How long reading one VM may take: {@code --read.timeout}, or the interval if that is longer. */
    static Duration allowed(AgentConfig config, Interval interval) {
        Duration wanted = interval.wanted();
        return wanted.compareTo(config.readTimeout()) > 0 ? wanted : config.readTimeout();
    }

    /** Begins to read. */
    void start() {
        startWithoutStates();
        states.start();
    }

    /** Begins to read, but states only for whoever asks. */
    void startWithoutStates() {
        scheduler.start();
        machine.ifPresent(HostSchedule::start);
    }

    Children children() {
        return children;
    }

    Tools tools() {
        return tools;
    }

    HostFacts host() {
        return host;
    }

    Sources sources() {
        return sources;
    }

    Ledger ledger() {
        return ledger;
    }

    /** The samples of the last minutes. */
    History history() {
        return history;
    }

    LastStates lastStates() {
        return lastStates;
    }

    /** How often statistics are read. */
    Interval interval() {
        return interval;
    }

    /** How often states are read. */
    StateInterval stateInterval() {
        return stateInterval;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    StateSchedule states() {
        return states;
    }

    /** Stops within two seconds: no more readings, no child left. */
    @Override
    public void close() {
        machine.ifPresent(HostSchedule::close);
        states.close();
        scheduler.close();
        sources.close();
        children.close();
    }
}
