package org.bhyvescope.hypervisor.vmmdev;

import java.io.BufferedInputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import org.bhyvescope.hypervisor.VmDirectory;

/**
 * A reader: the process that makes the calls which may sleep in the kernel without end, so that the agent can abandon it. One
 * thread, no log; it ends when its standard input does. Its argument is the directory of the VMs' device nodes.
 */
public final class ReaderMain {
    private ReaderMain() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        VmDirectory directory = new VmDirectory(Path.of(args[0]), name -> true);
        try (VmmdevHypervisor statistics = new VmmdevHypervisor(directory, InstantSource.system(), System::nanoTime);
                BufferedInputStream requests = new BufferedInputStream(new FileInputStream(FileDescriptor.in));
                FileOutputStream answers = new FileOutputStream(FileDescriptor.out)) {
            new RequestLoop(directory, statistics, System.getProperty("os.arch"), System::nanoTime)
                    .run(requests, answers);
        }
    }
}
