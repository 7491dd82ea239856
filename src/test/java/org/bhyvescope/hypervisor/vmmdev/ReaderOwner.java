package org.bhyvescope.hypervisor.vmmdev;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.ReaderJvm;
import org.bhyvescope.os.Scripts;

/** A program that reads VM web0 once through a reader like itself, says so, and goes on until it is killed. */
final class ReaderOwner {
    private ReaderOwner() {}

    public static void main(String[] args) throws Exception {
        Path nodes = Path.of(args[0]);
        VmDirectory directory = new VmDirectory(nodes, name -> true);
        VmmdevApart source = new VmmdevApart(
                directory,
                Scripts.quickChildren(),
                Command.reader(ReaderJvm.likeThisOne(Optional.empty()), nodes),
                InstantSource.system(),
                System::nanoTime,
                true);
        Snapshot snapshot =
                (Snapshot) source.read(directory.identify("web0").orElseThrow(), Allowance.of(Scripts.PATIENCE));
        System.out.println("read " + snapshot.rows());
        Thread.sleep(Long.MAX_VALUE);
    }
}
