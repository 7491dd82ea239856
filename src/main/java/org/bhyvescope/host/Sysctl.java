package org.bhyvescope.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bhyvescope.libc.Sysctls;
import org.bhyvescope.libc.Sysctls.Name;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.Owner;

/** Reads the host's facts by sysctlbyname(3), or where that cannot be called by running sysctl(8) once. */
public final class Sysctl {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final Path sysctl;
    private final Children children;

    private final Supplier<HostFacts> called;
    private final Supplier<Iommu> calledIommu;

    /** @param sysctl the program, {@code /sbin/sysctl} on FreeBSD */
    public Sysctl(Path sysctl, Children children) {
        this(sysctl, children, () -> Sysctls.available() ? HostFacts.of(Sysctls::read) : HostFacts.NONE, Iommu::read);
    }

    /** @param called what calling tells; nothing at all where it cannot be called */
    Sysctl(Path sysctl, Children children, Supplier<HostFacts> called) {
        this(sysctl, children, called, () -> Iommu.NONE);
    }

    /** @param calledIommu what calling tells of the IOMMU */
    Sysctl(Path sysctl, Children children, Supplier<HostFacts> called, Supplier<Iommu> calledIommu) {
        this.calledIommu = calledIommu;
        this.sysctl = sysctl;
        this.children = children;
        this.called = called;
    }

    /** All that is known; what this system does not have stays empty. */
    public HostFacts facts() throws InterruptedException {
        HostFacts facts = called.get();
        return facts.equals(HostFacts.NONE) ? parse(byProcess()) : facts;
    }

    /** What is known of the IOMMU now. Not for a scrape: it may take a process. */
    public Iommu iommu() throws InterruptedException {
        Iommu read = calledIommu.get();
        return read.equals(Iommu.NONE) ? parseIommu(byProcess()) : read;
    }

    /** Empty where there is nothing to read. */
    private String byProcess() throws InterruptedException {
        ChildResult result = children.run(Command.sysctls(sysctl), Owner.host("sysctl"), Allowance.of(TIMEOUT));
        // The exit status is 1 where one name is unknown; the other lines are good all the same.
        return result instanceof ChildResult.Exited run ? new String(run.stdout(), ISO_8859_1) : "";
    }

    /** The same of the IOMMU. */
    public static Iommu parseIommu(String text) {
        return Iommu.of(name -> value(text, name), List.of());
    }

    /** Reads lines of the form {@code kern.hz: 1000}. */
    public static HostFacts parse(String text) {
        return HostFacts.of(name -> value(text, name));
    }

    /** The value of one in such lines; empty where there is none. */
    static Optional<String> value(String text, Name name) {
        Matcher m = Pattern.compile("(?m)^" + Pattern.quote(name.text()) + ": (.*)$")
                .matcher(text);
        return m.find() ? Optional.of(m.group(1)) : Optional.empty();
    }
}
