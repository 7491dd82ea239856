package org.bhyvescope.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.file.Path;
import java.time.Duration;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.Owner;

/** Passthrough devices by {@code pciconf -lv}: with their names. It needs to read {@code /dev/pci}, which anybody may. */
final class PciconfDevices implements DeviceTable {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** A device came or went while they were listed. */
    private static final String CHANGED = "PCI device list changed";

    private final Path pciconf;
    private final Children children;

    PciconfDevices(Path pciconf, Children children) {
        this.pciconf = pciconf;
        this.children = children;
    }

    @Override
    public DeviceListing list() throws InterruptedException {
        Allowance allowance = Allowance.of(TIMEOUT);
        ChildResult result = run(allowance);
        if (result instanceof ChildResult.Exited run && new String(run.stderr(), ISO_8859_1).contains(CHANGED)) {
            result = run(allowance);
        }
        return Outcomes.text("pciconf", result).map(PciconfText::parse, DeviceListing.Failed::new);
    }

    private ChildResult run(Allowance allowance) throws InterruptedException {
        return children.run(Command.pciDevices(pciconf), Owner.host("pciconf"), allowance);
    }
}
