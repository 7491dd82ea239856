package org.bhyvescope.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.recording.RecordingFiles;
import org.bhyvescope.hypervisor.recording.RecordingHeader;
import org.bhyvescope.hypervisor.recording.RecordingWriter;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Printable;
import org.bhyvescope.sampling.Interval;
import org.bhyvescope.sampling.Ledger;
import org.bhyvescope.sampling.SamplingListener;
import org.bhyvescope.sampling.Scheduler;

/** One run of {@code record}. */
final class Recording {
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    /** What a kill -9 loses at most. */
    private static final RecordingWriter.Flush EACH_SECOND = new RecordingWriter.Flush(TimeUnit.SECONDS.toNanos(1));

    private final AgentConfig config;
    private final Optional<String> output;
    private final Optional<Duration> duration;
    private final PrintStream out;
    private final PrintStream err;
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile boolean good = true;

    Recording(
            AgentConfig config,
            Optional<String> output,
            Optional<Duration> duration,
            PrintStream out,
            PrintStream err) {
        this.config = config;
        this.output = output;
        this.duration = duration;
        this.out = out;
        this.err = err;
    }

    /** Records until the time is over, the file cannot be written, or a signal ends the program; false if it failed. */
    boolean run() throws InterruptedException {
        String name = output.orElseGet(() -> "bhyvescope-" + DATE.format(Instant.now()) + ".jsonl.gz");
        Optional<OutputStream> opened = create(name);
        if (opened.isEmpty()) {
            return false;
        }
        try (Cleanup cleanup = new Cleanup()) {
            Children children = cleanup.open(() -> new Children(System::nanoTime));
            HostFacts host = Sampling.host(config, children);
            Sources sources = cleanup.open(() -> Sources.of(config, children, host));
            RecordingWriter writer = new RecordingWriter(opened.get(), header(host, sources), EACH_SECOND);
            Recorder recorder = new Recorder(writer, InstantSource.system(), System::nanoTime, done::countDown);
            cleanup.open(() -> (AutoCloseable) () -> end(recorder, writer, Path.of(name)));
            Ledger ledger = new Ledger(StatisticsTable.load(), host);
            ledger.tell(recorder);
            Interval interval =
                    new Interval(config.interval(), sources.hypervisor()::readsPerSecond, sources.readingLocks());
            Scheduler scheduler = cleanup.open(() -> new Scheduler(
                    sources.hypervisor(),
                    ledger,
                    interval,
                    config.readTimeout(),
                    SamplingListener.NOBODY,
                    System::nanoTime));
            scheduler.start();
            if (duration.isPresent()) {
                done.await(duration.get().toNanos(), TimeUnit.NANOSECONDS);
            } else {
                done.await();
            }
        } catch (IOException e) {
            notWritten(name, e, 0);
        }
        return good;
    }

    private static RecordingHeader header(HostFacts host, Sources sources) {
        return new RecordingHeader(
                Version.text(),
                Instant.now().truncatedTo(ChronoUnit.MILLIS).toString(),
                host.tscHz(),
                host.hz(),
                host.release(),
                sources.hypervisor().name());
    }

    private Optional<OutputStream> create(String name) {
        try {
            return Optional.of(RecordingFiles.create(Path.of(name)));
        } catch (FileAlreadyExistsException e) {
            complain(name + " is there already, and is not overwritten: --output=FILE names another");
        } catch (NoSuchFileException e) {
            complain(name + " cannot be made: its directory is not there");
        } catch (AccessDeniedException e) {
            complain("no right to make " + name + ": --output=FILE names another");
        } catch (IOException e) {
            complain(name + " cannot be made: " + e.getMessage());
        } catch (InvalidPathException e) {
            complain("--output is not a path: " + e.getReason());
        }
        return Optional.empty();
    }

    private void complain(String text) {
        good = false;
        err.println("bhyvescope: " + Printable.line(text));
        err.flush();
    }

    private void notWritten(String name, IOException e, long samples) {
        complain(name + " cannot be written any more (" + e.getMessage() + "); what was written of the " + samples
                + " samples up to then stays readable");
    }

    /** Runs when the time is over, or when a signal ends the program: then nobody prints after it. */
    private void end(Recorder recorder, RecordingWriter writer, Path file) {
        Optional<IOException> error = recorder.end();
        if (error.isPresent()) {
            notWritten(file.toString(), error.get(), writer.samples());
            return;
        }
        out.println("recorded " + writer.samples() + " samples of " + writer.vms() + " VMs, " + size(file) + " bytes: "
                + Printable.line(file.toString()));
        out.flush();
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0; // taken away meanwhile
        }
    }
}
